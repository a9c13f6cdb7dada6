"""Whether an engine is open, and in which event loop."""

from jobmatch.engine.lifetime import running_loop
from jobmatch.errors import NotOpen, Stopped


class Openness:
    """What every verb of an engine asks first."""

    _open: bool
    _ended: str
    _loop: object

    def _require_open(self) -> None:
        if self._ended:
            raise Stopped(f"the engine has stopped ({self._ended}): close it, which raises why, and open it again")
        if not self._open:
            raise NotOpen("the engine is not open: use it within 'async with engine', in an app's lifespan")
        if (loop := running_loop()) is not None and loop != self._loop:  # there it would wait for ever
            raise NotOpen(
                "the engine is open in another event loop, perhaps of another thread, and works in that one alone: use"
                " SyncMatchEngine, which any thread may call, or open an engine in this loop"
            )
