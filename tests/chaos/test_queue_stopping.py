"""``jobmatch worker`` told to stop, at any moment since it began to start."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from jobmatch.settings import Settings

Amount = Callable[[int, int], int]
#: Seconds; the second one is for a machine that is busy, and far less than for ever.
GRACE, BOUND = 1, 60


@contextmanager
def working(url: str, runner: str) -> Iterator["subprocess.Popen[str]"]:
    """Start a worker, and make sure that it is gone in the end."""
    ours = {name: value for name, value in os.environ.items() if name not in Settings.variables()}
    told = {"DATABASE_URL": url, "JOBMATCH_RUNNER": runner, "JOBMATCH_GRACE": str(GRACE)}
    command = [sys.executable, "-m", "jobmatch", "worker", "--quiet"]
    process = subprocess.Popen(command, env={**ours, **told}, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def until(process: "subprocess.Popen[str]", word: str) -> None:
    """Read on until a line begins with *word*."""
    assert process.stderr
    assert any(line.startswith(word) for line in process.stderr)


def test_a_worker_stops_whenever_it_is_told_to(url: str, runner: str, amount: Amount) -> None:
    rng = random.Random(8)
    moments = [0.0, *(rng.uniform(0, 0.5) ** 2 for _ in range(amount(3, 60)))]
    for moment in moments:
        with working(url, runner) as process:
            until(process, "Working")
            time.sleep(moment)
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=BOUND) == 0


def test_a_worker_that_waits_for_the_server_ends_at_the_second_signal() -> None:
    """The server takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"postgresql://nobody@127.0.0.1:{server.getsockname()[1]}/nothing"
        with working(url, "procrastinate") as process:
            near, _ = server.accept()
            with near:
                process.send_signal(signal.SIGTERM)
                until(process, "Stopping")
                process.send_signal(signal.SIGTERM)
                assert process.wait(timeout=BOUND) == -signal.SIGTERM
