"""The metrics. They are measured in a process of their own, for a meter provider can be set only once in each."""

import gc
import json
import subprocess
import sys
from typing import Any

import anyio
import pytest
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

PREFIX = "matching_service."


def measured(reader: InMemoryMetricReader) -> dict[str, dict[str, Any]]:
    """Return unit and points by the name of the instrument."""
    data = reader.get_metrics_data()
    found = [] if data is None else json.loads(data.to_json())["resource_metrics"]
    instruments = [m for resource in found for scope in resource["scope_metrics"] for m in scope["metrics"]]
    return {m["name"]: {"unit": m["unit"], "points": m["data"]["data_points"]} for m in instruments}


async def match() -> None:
    """Match in place, complete a task, and let one fail."""
    from jobmatch.backends.local import LocalTaskRunner
    from jobmatch.backends.memory import MemoryJobIndex, MemoryTaskStore
    from jobmatch.engine import MatchEngine
    from jobmatch.model import Job, MatchRequest, Profile
    from jobmatch.testing import HashingEmbedder

    parts: dict[str, Any] = {"jobs": MemoryJobIndex(), "tasks": MemoryTaskStore(), "runner": LocalTaskRunner()}
    async with MatchEngine(**parts, embedder=HashingEmbedder(), recall_sample=1.0) as engine:
        await engine.import_jobs([Job(id=str(n), title=f"Welder {n}") for n in range(3)])
        await engine.match(MatchRequest(keywords="welder"))
        for text in ("welder", "!!"):
            task = await engine.submit(MatchRequest(profile=Profile(text=text)), owner="ada")
            await engine.wait(task.id, owner="ada", timeout=60)


def pools(reader: InMemoryMetricReader) -> list[Any]:
    """Open and close pools; return the sizes that are seen after each step."""
    from jobmatch.telemetry import PoolGauge

    def sizes() -> dict[str, float]:
        points = measured(reader).get(f"{PREFIX}db.connection_pool.size", {}).get("points", [])
        return {point["attributes"]["pool"]: point["value"] for point in points}

    seen = [sizes()]
    first, second = PoolGauge("first", lambda: 3), PoolGauge("second", lambda: 5)
    first.open()
    second.open()
    seen.append(sizes())
    first.close()
    seen.append(sizes())
    del second
    gc.collect()
    seen.append(sizes())
    return seen


def beside_a_broken_pool(reader: InMemoryMetricReader) -> dict[str, Any]:
    """Return what is measured while a pool cannot tell its size."""
    from jobmatch.telemetry import PoolGauge

    sound, broken = PoolGauge("sound", lambda: 1), PoolGauge("broken", lambda: 1 // 0)
    sound.open()
    broken.open()
    return measured(reader)


def main() -> None:
    """Print all that is measured, as JSON."""
    reader = InMemoryMetricReader()
    metrics.set_meter_provider(MeterProvider(metric_readers=[reader]))
    anyio.run(match)
    from jobmatch.telemetry import PoolGauge

    gauge = PoolGauge("main", lambda: 7)
    gauge.open()
    seen = measured(reader)
    gauge.close()
    print(json.dumps({"seen": seen, "pools": pools(reader), "broken": beside_a_broken_pool(reader)}))


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    """All that a process measured."""
    run = subprocess.run([sys.executable, __file__], capture_output=True, text=True, check=True, timeout=120)
    found: dict[str, Any] = json.loads(run.stdout)
    return found


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("task.duration", "s"),
        ("task.in_flight", "{task}"),
        ("task.queue_depth", "{task}"),
        ("vector_similarity_query.duration", "s"),
        ("algorithm.match_count", "{match}"),
        ("recall", "1"),
        ("db.connection_pool.size", "{connection}"),
    ],
)
def test_the_instruments_have_their_names_and_units(report: dict[str, Any], name: str, unit: str) -> None:
    assert report["seen"][PREFIX + name]["unit"] == unit


def test_there_are_no_others(report: dict[str, Any]) -> None:
    assert len(report["seen"]) == 7


def test_nothing_is_in_flight_when_all_has_ended(report: dict[str, Any]) -> None:
    (point,) = report["seen"][f"{PREFIX}task.in_flight"]["points"]
    assert point["value"] == 0


@pytest.mark.parametrize(
    ("name", "count"),
    [("task.duration", 2), ("vector_similarity_query.duration", 2), ("algorithm.match_count", 2), ("recall", 2)],
)
def test_each_act_is_counted_once(report: dict[str, Any], name: str, count: int) -> None:
    points = report["seen"][PREFIX + name]["points"]
    assert sum(point["count"] for point in points) == count


def test_durations_are_in_seconds(report: dict[str, Any]) -> None:
    for name in ("task.duration", "vector_similarity_query.duration"):
        (point,) = report["seen"][PREFIX + name]["points"]
        assert 0 < point["min"] <= point["max"] < 30


def test_the_matches_of_an_answer_are_counted(report: dict[str, Any]) -> None:
    (point,) = report["seen"][f"{PREFIX}algorithm.match_count"]["points"]
    assert (point["min"], point["max"]) == (3, 3)


def test_the_gauge_reports_open_pools_only(report: dict[str, Any]) -> None:
    assert report["pools"] == [{}, {"first": 3, "second": 5}, {"second": 5}, {}]


def test_no_attribute_tells_of_anybody(report: dict[str, Any]) -> None:
    points = [point for instrument in report["seen"].values() for point in instrument["points"]]
    assert {name for point in points for name in point["attributes"]} <= {"pool", "method"}


def test_a_broken_pool_leaves_the_others_alone(report: dict[str, Any]) -> None:
    assert f"{PREFIX}task.duration" in report["broken"]
    points = report["broken"][f"{PREFIX}db.connection_pool.size"]["points"]
    assert [point["attributes"]["pool"] for point in points] == ["sound"]


def test_timing_passes_errors_on() -> None:
    from jobmatch import telemetry

    with pytest.raises(KeyError), telemetry.timed(telemetry.query_duration):
        raise KeyError


if __name__ == "__main__":
    main()
