"""Whatever a record holds, it gives a job or a reason; whatever a file holds, it is read or refused in one line."""

import json
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobmatch.errors import UnreadableFile
from jobmatch.importing import read_jobs
from jobmatch.importing.mapping import NAMES, FieldNames
from jobmatch.importing.postings import Interpreter, NoPosting
from jobmatch.importing.text import several_lines

TELLING = [
    "",
    "N/A",
    "3 Locations",
    "Austin, TX",
    "2025-12-18",
    "$30/hr",
    "62868",
    "Full-time",
    "é€™&amp;<p>",
    "\x00\ud800",
]
SCALARS = (
    (st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats())
    | st.text(max_size=40)
    | st.sampled_from(TELLING)
)
KEYS = st.sampled_from(sorted({name for names in NAMES.values() for name in names.split(" ")})) | st.text(max_size=9)
INNER = st.sampled_from(["name", "value", "lat", "lon", "city", "country", "address", "min", "period", "currency"])
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(INNER, inner, max_size=4))


@given(record=st.dictionaries(KEYS, VALUES, max_size=12), title=st.just("Nurse") | VALUES)
def test_any_record_gives_a_job_or_a_reason(record: dict[str, Any], title: Any) -> None:
    interpreter = Interpreter(FieldNames(), "any")
    try:
        job = interpreter.job({**record, "title": title})
    except NoPosting as reason:
        seen = str(reason)
    else:
        seen = job.title.replace("\x00", "")
        msgspec.json.encode(job)
    assert seen


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    data=st.binary(max_size=300) | st.lists(st.dictionaries(KEYS, VALUES, max_size=4)).map(json.dumps).map(str.encode),
    name=st.sampled_from(["a.csv", "a.jsonl", "a.json", "a"]),
)
def test_any_file_is_read_or_refused(tmp_path: Path, data: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    said = ""
    try:
        list(read_jobs(path))
    except UnreadableFile as error:
        said = str(error)
    assert "\n" not in said


@given(text=st.text() | st.text(alphabet="âÃÂ€™œÐÑ&<>;amp#p\x00\u200b \n\"'"))
def test_any_text_can_be_cleaned(text: str) -> None:
    cleaned = several_lines(text)
    assert cleaned == cleaned.strip()
    assert not set(cleaned) & set(map(chr, [*range(9), 11, 12, *range(14, 32), 0x200B, 0xFEFF, 0xD800]))
