"""Which processes use the packaged server of a folder, and which ones are that server."""

import json
import time
from pathlib import Path
from typing import Any

#: Seconds that a server's processes get to end when their parent was killed.
ORPHANS_END = 5.0


def forget_the_dead(psutil: Any, data: Path) -> None:
    """Remove the traces of processes that were killed: a number may by now belong to somebody else."""
    handles, postmaster = data / ".handle_pids.json", data / "postmaster.pid"
    if handles.exists():
        alive = [pid for pid in json.loads(handles.read_text() or "[]") if _lives(psutil, pid)]
        handles.write_text(json.dumps(alive))
    if postmaster.exists() and not _anybody_serves(psutil, data):
        for left in (postmaster, *data.glob(".s.PGSQL.*")):
            left.unlink()


def _lives(psutil: Any, pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _anybody_serves(psutil: Any, data: Path) -> bool:
    """Whether a process of a server works in the folder. Those that outlive their parent end within seconds."""
    deadline = time.monotonic() + ORPHANS_END
    while any(_works_in(psutil, process, data) for process in psutil.process_iter()):
        first = (data / "postmaster.pid").read_text().partition("\n")[0]
        if _works_in(psutil, _process(psutil, first), data) or time.monotonic() > deadline:
            return True
        time.sleep(0.1)
    return False


def _process(psutil: Any, pid: str) -> Any:
    try:
        return psutil.Process(int(pid))
    except (ValueError, psutil.Error):
        return None


def _works_in(psutil: Any, process: Any, data: Path) -> bool:
    try:
        return process is not None and process.name() == "postgres" and process.cwd() == str(data)
    except psutil.Error:
        return False
