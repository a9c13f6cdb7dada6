"""The log of our own server: it stays small, and holds nothing of what is searched for."""

import os
import re
from pathlib import Path

#: Bytes that it may have when the server is started; of a longer one the latter half of so much is kept.
MOST = 10 * 2**20
#: What befalls a statement is told to whoever sent it. A log of that would grow with each search that is cancelled, by
#: its whole text.
QUIET = """
log_min_messages = log
log_min_error_statement = panic
log_checkpoints = off
"""
_SAID = re.compile(r"^\s*log_min_(messages|error_statement)\b", re.MULTILINE)


def keep_small(data: Path) -> None:
    """Limit what the server in a folder logs, and what is left of its log, before it is started.

    In a folder of an older release as well, unless somebody has said there what it should log.
    """
    configuration, log = data / "postgresql.conf", data / "log"
    if not _SAID.search(configuration.read_text()):
        with configuration.open("a") as file:
            file.write(QUIET)
    if log.exists() and log.stat().st_size > MOST:
        _keep_the_end(log)


def _keep_the_end(log: Path) -> None:
    """Shorten it in its place, for a server that runs already appends to it."""
    with log.open("r+b") as file:
        file.seek(-MOST // 2, os.SEEK_END)
        end = file.read()
        file.seek(0)
        file.write(end)
        file.truncate()
