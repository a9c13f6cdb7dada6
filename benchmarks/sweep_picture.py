"""Draw a sweep: ``python benchmarks/selectivity.py | python benchmarks/sweep_picture.py > docs/selectivity.svg``.

Recall above, milliseconds below, over the share of postings that pass; on the left filters that let through postings of
any kind, on the right of one kind only.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from math import ceil, floor, log10

from report import Row

from jobmatch.adapters.cli.plot import Axis

WIDTH, HEIGHT = 760, 520
#: Where the panels are: left, right; top, bottom.
COLUMNS = {"any": (56, 366), "alike": (436, 746)}
RECALLS, TIMES = (56, 232), (276, 452)
TITLES = {"any": "filter lets through postings of any kind", "alike": "filter lets through postings of one kind"}
_HEAD = (
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="11">'
)
#: Name, column of recall (None for 1), column of time, colour.
LINES = (
    ("compare all that pass", None, "exact_ms", "#888"),
    ("the database's own plan", "plain_recall", "plain_ms", "#c33"),
    ("as jobmatch plans", "recall", "p50_ms", "#06c"),
)


def picture(rows: Sequence[Row]) -> str:
    """Return the rows of a sweep as SVG."""
    times = [log10(row[time]) for row in rows for _, _, time, _ in LINES]
    parts = [
        _HEAD,
        '<rect width="100%" height="100%" fill="white"/>',
        *_legend(),
    ]
    for kind, (left, right) in COLUMNS.items():
        panel = [row for row in rows if row["filter"] == kind]
        shares = [log10(_share(row)) for row in panel]
        across = Axis(max(shares), min(shares), start=left, end=right)
        recall = Axis(0, 1, start=RECALLS[1], end=RECALLS[0])
        time = Axis(floor(min(times)), ceil(max(times)), start=TIMES[1], end=TIMES[0])
        parts += [
            _text((left + right) / 2, RECALLS[0] - 10, TITLES[kind]),
            *_grid(panel, across, recall, time),
            *_lines(panel, across, recall, time),
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _share(row: Row) -> float:
    return float(row["pass"].rstrip("%")) / 100


def _legend() -> Iterator[str]:
    for number, (name, _, _, colour) in enumerate(LINES):
        x = 120 + 200 * number
        yield f'<line x1="{x}" x2="{x + 22}" y1="20" y2="20" stroke="{colour}" stroke-width="2"/>'
        yield _text(x + 28, 24, name, anchor="start")


def _grid(panel: Sequence[Row], across: Axis, recall: Axis, time: Axis) -> Iterator[str]:
    left, right = across(across.low), across(across.high)
    for value in (0.0, 0.25, 0.5, 0.75, 1.0):
        yield _level(left, right, recall(value))
        yield _text(left - 6, recall(value) + 4, f"{value:g}", anchor="end")
    for power in range(int(time.low), int(time.high) + 1):
        yield _level(left, right, time(power))
        yield _text(left - 6, time(power) + 4, f"{10.0**power:g} ms", anchor="end")
    for number, row in enumerate(panel):
        x = across(log10(_share(row)))
        if number % 2 == 0 or row is panel[-1]:
            yield _text(x, TIMES[1] + 18, f"{_share(row):.2%}".replace(".00%", "%"))
    yield _text((left + right) / 2, TIMES[1] + 38, "share of postings that pass")
    yield _text((left + right) / 2, TIMES[0] - 10, "median time of a search")
    yield _text((left + right) / 2, RECALLS[1] + 18, "recall of the ten nearest")


def _lines(panel: Sequence[Row], across: Axis, recall: Axis, time: Axis) -> Iterator[str]:
    for _, found, took, colour in LINES:
        yield _line([(across(log10(_share(r))), recall(r[found] if found else 1.0)) for r in panel], colour)
        yield _line([(across(log10(_share(r))), time(log10(r[took]))) for r in panel], colour)


def _line(points: Sequence[tuple[float, float]], colour: str) -> str:
    joined = " ".join(f"{x},{y}" for x, y in points)
    return f'<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="2"/>'


def _level(left: float, right: float, y: float) -> str:
    return f'<line x1="{left}" x2="{right}" y1="{y}" y2="{y}" stroke="#ddd"/>'


def _text(x: float, y: float, text: str, *, anchor: str = "middle") -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{text}</text>'


def main() -> None:
    """Read what was printed, JSON being the last line of it."""
    *_, last = sys.stdin.read().splitlines()
    sys.stdout.write(picture(json.loads(last)["rows"]))


if __name__ == "__main__":
    main()
