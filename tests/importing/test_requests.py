"""Requests from JSON lines."""

import gzip
import json
from pathlib import Path

import msgspec
import pytest

from jobmatch.adapters.asgi.narrowing import FiltersBody, given_filters
from jobmatch.errors import UnreadableFile
from jobmatch.importing import read_requests
from jobmatch.model import Filters, MatchRequest, Profile
from jobmatch.sample import resumes


def written(folder: Path, *lines: str) -> str:
    file = folder / "questions.jsonl"
    file.write_text("\n".join(lines))
    return str(file)


def test_requests_and_profiles(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        '{"id": "7", "text": "night nurse", "skills": ["triage"]}',
        "",
        '{"text": "cook", "filters": {"country": "US"}}',
        '{"profile": {"titles": "Welder"}, "filters": {"city": ["Bonn"], "radius_km": null}, "limit": 5}',
        '{"keywords": "python"}',
    )
    assert read_requests(file) == [
        MatchRequest(profile=Profile(text="night nurse", skills=("triage",))),
        MatchRequest(profile=Profile(text="cook"), filters=Filters(country="US")),
        MatchRequest(profile=Profile(titles="Welder"), filters=Filters(city="Bonn"), limit=5),
        MatchRequest(keywords="python"),
    ]


def test_spellings_are_those_that_filters_take(tmp_path: Path) -> None:
    line = '{"text": " cook ", "filters": {"country": ["us"], "language": ["english"], "city": [" Bonn ", "Bonn"]}}'
    asked = MatchRequest(profile=Profile(text="cook"), filters=Filters(country="US", language="en", city="Bonn"))
    assert read_requests(written(tmp_path, line)) == [asked]


@pytest.mark.parametrize(
    "asked",
    [
        {"visa": True},
        {"shift": ["day", "late"], "beds": {"min": 5, "max": 9.5}},
        {"tags": {"eq": "union", "in": ["a", 1]}, "note": {"exists": False}},
        None,
    ],
)
def test_metadata_are_asked_for_by_name_as_over_http(tmp_path: Path, asked: dict[str, object] | None) -> None:
    line = json.dumps({"text": "cook", "filters": {"metadata": asked}})
    (request,) = read_requests(written(tmp_path, line))
    body = msgspec.convert({"metadata": asked}, type=FiltersBody)
    assert request == MatchRequest(profile=Profile(text="cook"), filters=Filters(metadata=asked))
    assert request.filters == Filters(**given_filters(body))


def test_metadata_are_taken_as_a_request_written_as_json_has_them(tmp_path: Path) -> None:
    asked = MatchRequest(profile=Profile(text="cook"), filters=Filters(metadata={"beds": {"min": 5}, "visa": True}))
    line = msgspec.json.encode(msgspec.to_builtins(asked)).decode()
    assert read_requests(written(tmp_path, line)) == [asked]


def test_generated_resumes_are_requests(tmp_path: Path) -> None:
    made = list(resumes(3, seed=1))
    found = read_requests(written(tmp_path, *map(json.dumps, made)))
    assert [request.profile.text for request in found] == [one["text"].strip() for one in made]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{}", "line 2: is no request: request.profile: is empty"),
        ("[]", "line 2: is no request"),
        ('{"text": ', "line 2: is no request"),
        ('{"text": "x", "filters": {"contry": "US"}}', "line 2: filters.contry is not known: leave it out, or use"),
        ('{"text": "x", "filters": {"country": "Secret Land"}}', "line 2: is no request: filters.country"),
        ('{"text": "x", "filters": {"language": "Secret"}}', "line 2: is no request: filters.language"),
        (
            '{"text": "x", "filters": {"metadata": "a"}}',
            "line 2: is no request: filters.metadata: must be conditions by",
        ),
        (
            '{"text": "x", "filters": {"metadata": ["a"]}}',
            "line 2: is no request: filters.metadata: must be conditions",
        ),
        (
            '{"text": "x", "filters": {"metadata": {"a": {"b": 1}}}}',
            "line 2: is no request: filters.metadata: 'b' is not",
        ),
        ('{"text": "x", "filters": {"metadata": {"a": null}}}', "line 2: is no request: filters.metadata: must be"),
        ('{"text": "x", "filters": "none"}', "line 2: is no request"),
        ('{"text": "x", "limit": 0}', "line 2: is no request: request.limit"),
        ('{"text": 3}', "line 2: is no request"),
        ("[" * 100_000, "line 2: is no request"),
        ("\x00\x01", "line 2: is no request"),
    ],
)
def test_what_is_no_request_is_told_by_its_line(tmp_path: Path, line: str, complaint: str) -> None:
    file = written(tmp_path, '{"text": "night nurse"}', line)
    with pytest.raises(UnreadableFile) as error:
        read_requests(file)
    assert complaint in str(error.value)


def test_a_file_that_is_empty_or_missing(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="is empty"):
        read_requests(written(tmp_path))
    with pytest.raises(UnreadableFile, match="has no requests"):
        read_requests(written(tmp_path, "", ""))
    with pytest.raises(UnreadableFile, match=r"missing\.jsonl"):
        read_requests(str(tmp_path / "missing.jsonl"))


def test_a_file_may_be_packed_and_have_a_mark_at_its_start(tmp_path: Path) -> None:
    file = tmp_path / "requests.jsonl.gz"
    file.write_bytes(gzip.compress('\ufeff{"text": "night nurse"}\n{"keywords": "welder"}\n'.encode()))
    assert [request.profile.text for request in read_requests(str(file))] == ["night nurse", ""]
    file.write_bytes(file.read_bytes()[:-12])
    with pytest.raises(UnreadableFile, match="damaged"):
        read_requests(str(file))
