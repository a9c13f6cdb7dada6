"""The picture of recall against duration is well-formed, and shows what was measured where it belongs."""

from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from jobmatch.adapters.cli.plot import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, recall_plot
from jobmatch.model import Calibration, Costs, Rung

SVG = "{http://www.w3.org/2000/svg}"


def drawn(*measured: tuple[float, float]) -> ElementTree.Element:
    rungs = [
        Rung(effort=20 * n, recall=recall, worst=0.5, milliseconds=ms) for n, (recall, ms) in enumerate(measured, 1)
    ]
    calibration = Calibration(
        index="hnsw <m> & more",
        rows=1_000,
        k=10,
        queries=5,
        rungs=tuple(rungs),
        costs=Costs(exact=0, exact_row=0, index=0, index_visit=0),
        measured_at=datetime(2026, 6, 1, tzinfo=UTC),
    )
    return ElementTree.fromstring(recall_plot(calibration, target=0.99))  # noqa: S314  our own


def test_what_is_better_is_higher_and_what_is_slower_further_right() -> None:
    circles = list(drawn((0.8, 1.0), (0.95, 2.0), (1.0, 8.0)).iter(f"{SVG}circle"))
    across = [float(circle.attrib["cx"]) for circle in circles]
    up = [-float(circle.attrib["cy"]) for circle in circles]
    assert (across, up) == (sorted(across), sorted(up))
    assert circles[0][0].text == "effort 20: recall 0.800, worst 0.50, 1.00 ms"


@pytest.mark.parametrize("measured", [[], [(1.0, 0.0)], [(0.0, 1e-6), (0.0, 1e6)], [(1.0, 3.0), (1.0, 3.0)]], ids=len)
def test_everything_is_inside(measured: list[tuple[float, float]]) -> None:
    picture = drawn(*measured)
    circles = list(picture.iter(f"{SVG}circle"))
    assert len(circles) == len(measured)
    for circle in circles:
        assert LEFT <= float(circle.attrib["cx"]) <= WIDTH - RIGHT
        assert TOP <= float(circle.attrib["cy"]) <= HEIGHT - BOTTOM
    texts = [text.text for text in picture.iter(f"{SVG}text")]
    assert any("hnsw <m> & more" in (text or "") for text in texts)
