"""Recall against duration as an SVG picture."""

from collections.abc import Iterator, Sequence
from math import floor, log10
from xml.sax.saxutils import escape

from jobmatch.model import Calibration, Rung

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 640, 400, 64, 40, 24, 52
_HEAD = (
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    ' font-family="sans-serif" font-size="12">'
)
#: Lines across the picture, about.
LINES = 5


class Axis:
    """Values along one side.

    Arguments:
        low: the least value.
        high: the greatest.
        start: where the least is, in the picture's units.
        end: where the greatest is.
    """

    def __init__(self, low: float, high: float, *, start: float, end: float) -> None:
        self.low, self.high, self._start, self._end = low, high, start, end

    def __call__(self, value: float) -> float:
        return round(self._start + (self._end - self._start) * (value - self.low) / (self.high - self.low), 1)

    def ticks(self) -> Iterator[float]:
        """Yield round values along it."""
        step = _round_step((self.high - self.low) / LINES)
        first = -int(-self.low // step)
        yield from (round(n * step, 10) for n in range(first, floor(self.high / step + 1e-9) + 1))


def _round_step(rough: float) -> float:
    """Return 1, 2 or 5 times a power of ten that is not less."""
    power: float = 10.0 ** floor(log10(rough))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= rough * (1 - 1e-9))


def recall_plot(calibration: Calibration, *, target: float) -> str:
    """Return a picture of what each effort finds, and how long it takes.

    Arguments:
        calibration: measured.
        target: recall that was to be reached; a line marks it.
    """
    rungs = calibration.rungs
    x, y = _axes(rungs, target)
    title = f"{calibration.index}: recall@{calibration.k}, {calibration.rows:,} postings"
    line = " ".join(f"{x(rung.milliseconds)},{y(rung.recall)}" for rung in rungs)
    parts = [
        _HEAD,
        '<rect width="100%" height="100%" fill="white"/>',
        _text(WIDTH / 2, 22, title, anchor="middle"),
        *_grid(x, y),
        _level(y(target), 'stroke="#c33" stroke-dasharray="5 4"'),
        f'<polyline points="{line}" fill="none" stroke="#06c" stroke-width="2"/>',
        *(part for rung in rungs for part in _point(rung, x, y)),
        _text(WIDTH / 2, HEIGHT - 12, "milliseconds, median", anchor="middle"),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _axes(rungs: Sequence[Rung], target: float) -> tuple[Axis, Axis]:
    slowest = max((rung.milliseconds for rung in rungs), default=0.0) or 1.0
    lowest = min([*(rung.recall for rung in rungs), target])
    across = Axis(0.0, slowest * 1.05, start=LEFT, end=WIDTH - RIGHT)
    return across, Axis(min(lowest, 0.99) - 0.01, 1.0, start=HEIGHT - BOTTOM, end=TOP)


def _grid(x: Axis, y: Axis) -> Iterator[str]:
    bottom = HEIGHT - BOTTOM
    for value in x.ticks():
        yield f'<line x1="{x(value)}" x2="{x(value)}" y1="{TOP}" y2="{bottom}" stroke="#ddd"/>'
        yield _text(x(value), bottom + 16, f"{value:g}", anchor="middle")
    for value in y.ticks():
        yield _level(y(value), 'stroke="#ddd"')
        yield _text(LEFT - 8, y(value) + 4, f"{value:g}", anchor="end")


def _level(y: float, stroke: str) -> str:
    return f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}" {stroke}/>'


def _point(rung: Rung, x: Axis, y: Axis) -> Iterator[str]:
    across, up = x(rung.milliseconds), y(rung.recall)
    told = f"effort {rung.effort}: recall {rung.recall:.3f}, worst {rung.worst:.2f}, {rung.milliseconds:.2f} ms"
    yield f'<circle cx="{across}" cy="{up}" r="4" fill="#06c"><title>{told}</title></circle>'
    yield _text(across, up + 18, str(rung.effort), anchor="middle")


def _text(x: float, y: float, text: str, *, anchor: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'
