"""Files of every kind, whole and damaged."""

import gzip
import io
import json
import os
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from jobmatch.errors import InvalidInput, UnreadableFile
from jobmatch.importing import JobFile, Rejected, read_jobs
from jobmatch.model import EmploymentType, Job, Level, Pay, Place, Workplace
from jobmatch.sample import lines, postings

ROW = {"id": "1", "title": "Nurse", "company": "Clinic"}


def read(path: Path | str, mapping: Mapping[str, Any] | None = None) -> tuple[list[Job], list[Rejected]]:
    items = list(read_jobs(path, mapping))
    return [i for i in items if isinstance(i, Job)], [i for i in items if isinstance(i, Rejected)]


def written(folder: Path, name: str, data: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def as_job(record: Mapping[str, Any]) -> Job:
    values: dict[str, Any] = {**record, "places": tuple(Place(**place) for place in record["places"])}
    values["pay"] = record["pay"] and Pay(**record["pay"])
    for key in ("posted_at", "expires_at"):
        values[key] = record[key] and datetime.fromisoformat(record[key])
    return Job(**values)


def test_our_own_form_passes_through_exactly(tmp_path: Path) -> None:
    path = written(tmp_path, "sample.jsonl", b"".join(lines(300, seed=3)))
    jobs, rejected = read(path)
    assert jobs == [as_job(record) for record in postings(300, seed=3)]
    assert rejected == []


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.jsonl", '{"id":"1","title":"Nurse","company":"Clinic"}\r\n\n{"id":"2","title":"Cook"}'),
        ("a.json", '[{"id":"1","title":"Nurse","company":"Clinic"},{"id":"2","title":"Cook"}]'),
        (
            "b.json",
            '{\n "meta": {"page": 1},\n "data": {"jobs": [' + json.dumps(ROW) + ',\n {"id":"2","title":"Cook"}]}}',
        ),
        ("c.json", '{"meta":1,"jobs":[' + json.dumps(ROW) + ',{"id":"2","title":"Cook"}]}'),
        ("a.csv", 'id,title,company\r\n1,Nurse,"Clinic"\r\n2,Cook,\r\n'),
        ("b.csv", '\n"Job ID";"Job Title";Company\n1;Nurse;Clinic\n2;Cook;;\n'),
        ("a.tsv", "job_id\tposition\temployer\n1\tNurse\tClinic\n2\tCook\t\n"),
        ("a.txt", "id|title|company\n1|Nurse|Clinic\n2|Cook|\n"),
        (
            "rich",
            '{"id":"1","title":"Nurse","company":"Clinic","places":[{"city":"Rome"}]}\n{"id":"2","title":"Cook"}',
        ),
        ("unnamed", '{"id":"1","title":"Nurse","company":"Clinic"}\n{"id":"2","title":"Cook"}\n'),
    ],
)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_every_format(tmp_path: Path, name: str, text: str, packed: bool, mark: bytes) -> None:
    data = mark + text.encode()
    path = written(tmp_path, name, gzip.compress(data) if packed else data)
    jobs, rejected = read(path)
    assert [(j.id, j.title, j.company) for j in jobs] == [("1", "Nurse", "Clinic"), ("2", "Cook", None)]
    assert rejected == []


def test_utf_16(tmp_path: Path) -> None:
    path = written(tmp_path, "excel.csv", "id\ttitle\r\n1\tÄrztin\r\n".encode("utf-16"))
    assert [job.title for job in read(path)[0]] == ["Ärztin"]


RUSSIAN = "id,title,company\n1,Сварщик,Завод\n2,Медицинская сестра,Больница\n"
JAPANESE = "id,title,company\n1,看護師,東京病院\n2,技術者,株式会社\n"
CHINESE = "id,title,company\n1,软件工程师,上海\n2,高级会计师,北京科技有限公司\n"
KOREAN = "id,title,company\n1,간호사,서울병원\n2,소프트웨어 엔지니어,한국전자\n"
GREEK = "id,title,company\n1,Νοσοκόμα,Αθήνα\n2,Μηχανικός λογισμικού,Εταιρεία\n"
GERMAN = "id,title,company\n1,Schweißer,Müller\n2,Ärztin für Köln,Größe & Söhne\n"
SPANISH = "id,title,company\n1,Diseñador gráfico,España\n2,Técnico en Málaga,Compañía\n"
POLISH = "id,title,company\n1,Spawacz łódź,Żółć\n2,Pielęgniarka środowiskowa,Śląska\n"
TURKISH = "id,title,company\n1,Hemşire,İstanbul Hastanesi\n2,Yazılım Mühendisi,Şirket Güneş\n"
WESTERN = "id,title,company\n1,Cook – café,R & D’s\n2,Peón “A” – «B»,Çà et là\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (RUSSIAN, "cp1251"), (RUSSIAN, "koi8-r"), (JAPANESE, "shift-jis"), (JAPANESE, "euc-jp"), (CHINESE, "gbk"),
        (KOREAN, "euc-kr"), (GREEK, "cp1253"), (GERMAN, "cp1252"), (SPANISH, "latin-1"), (POLISH, "iso8859-2"),
        (POLISH, "cp1250"), (GERMAN, "mac-roman"), (GERMAN, "cp850"), (TURKISH, "cp1254"), (WESTERN, "cp1252"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_text_that_is_not_utf_8(tmp_path: Path, text: str, encoding: str, ending: str) -> None:
    path = written(tmp_path, "a.csv", text.replace("\n", ending).encode(encoding))
    with JobFile(path) as file:
        jobs = [item for item in file if isinstance(item, Job)]
    rows = [line.split(",") for line in text.splitlines()[1:]]
    assert [[job.id, job.title, job.company] for job in jobs] == rows
    assert all(doubt.startswith("text: is not UTF-8, and taken for ") for doubt in file.doubts)
    assert file.doubts.total() == len(rows)


@pytest.mark.parametrize(
    ("text", "encoding"), [(GERMAN, "mac-roman"), (GERMAN, "cp850"), (POLISH, "iso8859-2"), (JAPANESE, "iso2022-jp"),
        (RUSSIAN, "utf-16-be"), (RUSSIAN, "utf-32-le"), (RUSSIAN, "utf-8")],
)  # fmt: skip
@pytest.mark.parametrize("ending", ["\n", "\r"])
def test_the_encoding_may_be_given(tmp_path: Path, text: str, encoding: str, ending: str) -> None:
    path = written(tmp_path, "a.csv", text.replace("\n", ending).encode(encoding))
    with JobFile(path, encoding=encoding) as file:
        titles = [item.title for item in file if isinstance(item, Job)]
    assert titles == [line.split(",")[1] for line in text.splitlines()[1:]]
    assert not file.doubts
    assert [j.title for j in read_jobs(path, encoding=encoding) if isinstance(j, Job)] == titles


@pytest.mark.parametrize("name", ["klingon", "base64", "idna", "punycode", "", 7])
def test_an_encoding_that_there_is_not(name: Any) -> None:
    with pytest.raises(InvalidInput, match=r"encoding: .* is no encoding; give its name, as in cp1251"):
        JobFile("-", encoding=name)


def test_lines_in_two_encodings(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "id,title\n1,Ärztin\n".encode() + "2,Köchin\n".encode("cp1252"))
    with JobFile(path) as file:
        assert [job.title for job in file if isinstance(job, Job)] == ["Ärztin", "Köchin"]
    assert file.doubts == {"text: is not UTF-8, and taken for cp1252": 1}


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Инженер по опыту".encode() + b"\xd0", "Инженер по опытуÐ"),
        ("软件工程师 团".encode() + b"\xe9\x98", "软件工程师 团\ufffd"),
        ("“Cook’s mate” – night".encode() + b" caf\xe9", "“Cook’s mate” – night café"),
    ],
)
def test_a_line_that_is_utf_8_but_for_a_few_bytes(tmp_path: Path, text: bytes, title: str) -> None:
    with JobFile(written(tmp_path, "a.csv", b"id,title,company\n1," + text + b",A\n")) as file:
        assert [item.title for item in file if isinstance(item, Job)] == [title]
    assert file.doubts == {"text: is UTF-8 but for some bytes": 1}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", b'[{"id": "1", "title": "Ing\xc3\xa9nieur, caf\xe9"}]'),
        ("a.txt", b'{"id": "1", "title": "Ing\xc3\xa9nieur, caf\xe9"}\n'),
        ("a.csv", b'"id";"title"\n1;"Ing\xc3\xa9nieur, caf\xe9"\n'),
    ],
)
def test_a_byte_order_mark_before_a_byte_that_is_not_utf_8(tmp_path: Path, name: str, text: bytes) -> None:
    jobs, rejected = read(written(tmp_path, name, b"\xef\xbb\xbf" + text))
    assert [job.title for job in jobs] == ["Ingénieur, café"]
    assert rejected == []


@pytest.mark.parametrize(
    ("encoding", "written_in"),
    [("utf-16", "utf-16-le"), ("utf-16-le", "utf-16"), ("utf-32", "utf-32-le"), ("utf-16-be", "utf-16")],
)
def test_a_wide_encoding_may_be_given_whatever_its_mark(tmp_path: Path, encoding: str, written_in: str) -> None:
    path = written(tmp_path, "a.csv", GERMAN.encode(written_in))
    titles = [item.title for item in read_jobs(path, encoding=encoding) if isinstance(item, Job)]
    assert titles == ["Schweißer", "Ärztin für Köln"]


def test_utf_32(tmp_path: Path) -> None:
    for encoding in ("utf-32", "utf-32-be"):
        mark = "\ufeff" * (encoding != "utf-32")
        path = written(tmp_path, "a.csv", (mark + GERMAN).encode(encoding))
        assert [job.title for job in read(path)[0]] == ["Schweißer", "Ärztin für Köln"]


@pytest.mark.parametrize("first", ["sep=;", "SEP=;", '"sep=;"', "\ufeffsep=;"])
def test_a_first_row_that_says_the_delimiter(tmp_path: Path, first: str) -> None:
    path = written(tmp_path, "a.csv", f"{first}\r\nid;title;company\r\n1;Nurse, RN;Clinic\r\n2;;Inn\r\n")
    jobs, rejected = read(path)
    assert [(job.id, job.title, job.company) for job in jobs] == [("1", "Nurse, RN", "Clinic")]
    assert [row.line for row in rejected] == [4]


def test_a_single_line_is_a_posting_or_a_list_of_them(tmp_path: Path) -> None:
    posting = json.dumps({**ROW, "places": [{"city": "Rome"}]})
    assert [job.id for job in read(written(tmp_path, "one", posting))[0]] == ["1"]
    assert [job.id for job in read(written(tmp_path, "list", '{"jobs": [' + posting + "]}"))[0]] == ["1"]
    long = json.dumps({**ROW, "description": "long, " * 20_000})
    assert [job.id for job in read(written(tmp_path, "long", f"{long}\n{long}"))[0]] == ["1", "1"]
    assert [job.id for job in read(written(tmp_path, "long.json", f'{{"jobs": [{long}]}}'))[0]] == ["1"]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(b'{"id":"1","title":"Nurse"}\n'))))
    assert [job.id for job in read("-")[0]] == ["1"]


def test_bad_lines_are_refused_with_number_and_reason(tmp_path: Path) -> None:
    deep = "[" * 100_000
    bad = [
        "not json",
        '{"id": 1, "title": ',
        "[1, 2]",
        deep,
        '{"id": "1"}',
        '{"title": null, "id": "2"}',
        '{"a":' + deep,
    ]
    path = written(tmp_path, "bad.jsonl", "\n".join([json.dumps(ROW), *bad, '{"id":"2","title":"Cook"}']))
    jobs, rejected = read(path)
    assert [job.id for job in jobs] == ["1", "2"]
    assert [row.line for row in rejected] == [2, 3, 4, 5, 6, 7, 8]
    assert [row.reason for row in rejected] == [
        "is not JSON", "is not JSON", "is JSON, but no object", "is not JSON", "title is missing", "title is missing",
        "is not JSON",
    ]  # fmt: skip
    assert all(row.source == str(path) for row in rejected)
    assert rejected[0].row == "not json"
    assert rejected[4].row == {"id": "1"}


def test_json_as_other_programs_write_it(tmp_path: Path) -> None:
    odd = [
        b'{"id":"1","title":"Nu\x00rse","salary_min":NaN,"other":Infinity}',
        b'{"id":"2","title":"Co\tok"}',
        b'{"id":"3","title":"\xc4rztin"}',
        b'{"id":"4","title":"A \\u0000 \\ud800 B","note":"x\\u0000","deep":{"k\\u0000":["\\ud800"]}}',
    ]
    jobs, rejected = read(written(tmp_path, "odd.jsonl", b"\n".join(odd)))
    assert [job.title for job in jobs] == ["Nurse", "Co ok", "Ärztin", "A B"]
    assert "\x00" not in str(jobs[3].metadata)
    assert rejected == []


def test_a_line_too_long_is_refused_and_reading_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobmatch.importing.stream.LONGEST_LINE", 1_000)
    text = "\n".join([json.dumps(ROW), json.dumps({"title": "x" * 5_000}), '{"id":"2","title":"Cook"}'])
    jobs, rejected = read(written(tmp_path, "long.jsonl", text))
    assert [job.id for job in jobs] == ["1", "2"]
    assert [(row.line, row.reason) for row in rejected] == [(2, "is longer than 16 MB")]


def test_broken_csv_rows_are_refused_not_shifted(tmp_path: Path) -> None:
    rows = [
        "id,title,description,posted_at,salary_min",
        '1,Nurse,"Cares, a lot",2025-01-01,30000',
        "2,Cook,Cooks, a lot,2025-01-01,30000",
        '3,"Clerk" of court,x,2025-01-01,30000',
        "id,title,description,posted_at,salary_min",
        "4,Driver,x",
        '5,Porter,"two\nlines",2025-01-01,',
        "6,Baker,x,Full-time,2019-11-26",
        "7,2019-11-26,x,,",
        '8,Welder,"never closed,2025-01-01,1',
    ]
    jobs, rejected = read(written(tmp_path, "bad.csv", "\n".join(rows)))
    assert [job.id for job in jobs] == ["1", "5"]
    assert [(row.line, row.reason.partition(";")[0].partition(":")[0]) for row in rejected] == [
        (3, "has 6 cells where the header has 5"),
        (4, "is not CSV"),
        (5, "repeats the header"),
        (6, "has 3 cells where the header has 5"),
        (9, "columns look shifted"),
        (10, "title holds a date, not a title"),
        (11, "is not CSV"),
    ]


def test_a_csv_without_a_header_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "bare.csv", "1,Nurse,Clinic\n2,Cook,Inn\n")
    with pytest.raises(UnreadableFile, match=r"no header.*first row: 1, Nurse, Clinic.*--map title=COLUMN"):
        read(path)


def test_a_mapped_column_must_exist(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "id,name\n1,Nurse\n")
    with pytest.raises(UnreadableFile, match=r"no column 'job'.*id, name"):
        read(path, {"title": "job"})


@pytest.mark.parametrize("stray", ['q10,Nurse 10,"Acme', 'q10,"Nurse" 10,Acme', 'q10,Nurse 10,"Ac"me\n'])
@pytest.mark.parametrize("others", ["{0},Nurse {0},Acme", '{0},"Nurse {0}","Ac\nme"', '{0},Nurse,"say ""{0}"""'])
def test_a_stray_quote_costs_its_row_only(tmp_path: Path, stray: str, others: str) -> None:
    rows = [others.format(n) for n in range(1, 3_001)]
    rows[9] = stray.rstrip("\n")
    path = written(tmp_path, "stray.csv", "\n".join(["id,title,company", *rows]))
    jobs, rejected = read(path)
    assert [job.id for job in jobs] == [str(n) for n in range(1, 3_001) if n != 10]
    assert [row.line for row in rejected] == ["\n".join(["", *rows[:10]]).count("\n") + 1]
    assert rejected[0].reason.startswith("is not CSV: ")
    assert rejected[0].row == stray.rstrip("\n")


def test_a_stray_quote_near_the_end_and_many_of_them(tmp_path: Path) -> None:
    rows = [f'{n},Nurse,"Acme' if n % 100 == 0 else f"{n},Nurse,Acme" for n in range(1, 2_001)]
    jobs, rejected = read(written(tmp_path, "stray.csv", "\n".join(["id,title,company", *rows])))
    assert (len(jobs), [row.line for row in rejected]) == (1_980, [n + 1 for n in range(100, 2_001, 100)])


def test_a_quoted_cell_of_many_lines(tmp_path: Path) -> None:
    long = "\n".join(["a line"] * 900)
    jobs, rejected = read(written(tmp_path, "a.csv", f'id,title,description\n1,Nurse,"{long}"\n2,Cook,x\n3,\n'))
    assert [(job.id, len(job.description.split("\n"))) for job in jobs] == [("1", 900), ("2", 1)]
    assert [row.line for row in rejected] == [903]


def test_hostile_quotes_take_linear_time(tmp_path: Path) -> None:
    jobs, rejected = read(written(tmp_path, "a.csv", "id,title\n" + 'x","\n' * 20_000))
    assert (jobs, len(rejected)) == ([], 20_000)


def damaged() -> dict[str, bytes]:
    data = gzip.compress(b"".join(lines(2_000)))
    return {
        "cut.jsonl.gz": data[:-2_000],
        "end.jsonl.gz": data[:-30],
        "sum.jsonl.gz": data[:-8] + bytes(4) + data[-4:],
        "hole.jsonl.gz": data[:5_000] + bytes(500) + data[5_500:],
        "small.jsonl.gz": gzip.compress(b'{"id":"1","title":"Nurse"}\n' * 50 + bytes(range(100)))[:-15],
        "tail": data + b"not packed",
    }


@pytest.mark.parametrize("name", damaged())
def test_a_damaged_gz_gives_no_row(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, name, damaged()[name])
    read_so_far: list[Job | Rejected] = []
    with pytest.raises(UnreadableFile) as caught:
        read_so_far.extend(read_jobs(path))
    assert str(caught.value) == f"{path}: is damaged or incomplete; fetch it again"
    assert read_so_far == []


def test_a_file_may_be_opened_again_and_is_looked_through_if_it_changed(tmp_path: Path) -> None:
    odd = b'{"id":"1","title":"Nurse","level":"?!"}\n' * 2
    path = written(tmp_path, "a.jsonl.gz", gzip.compress(b"".join([*lines(50), odd])))
    file = JobFile(path)
    for _ in range(2):
        with file:
            assert len(list(file)) == 52
        assert (file.rereadable, file.repeated, file.warnings) == (True, 1, {"level: not understood": 2})
    path.write_bytes(damaged()["end.jsonl.gz"])
    with pytest.raises(UnreadableFile, match="is damaged or incomplete; fetch it again"):
        file.__enter__()


def fed(path: Path, data: bytes) -> Path:
    """Make a pipe that *data* comes through."""
    os.mkfifo(path)
    Thread(target=path.write_bytes, args=[data], daemon=True).start()
    return path


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_pipe_is_read_once(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    file = JobFile(fed(tmp_path / "jobs", pack(b"".join(lines(2_000)))))
    assert not file.rereadable
    with file:
        assert len(list(file)) == 2_000
    assert (file.size, file.repeated) == (None, 0)


def test_a_damaged_pipe_keeps_what_came_before(tmp_path: Path) -> None:
    read_so_far: list[Job | Rejected] = []
    with pytest.raises(UnreadableFile, match=r"is damaged or incomplete after line [\d,]+; fetch it again"):
        read_so_far.extend(read_jobs(fed(tmp_path / "jobs", damaged()["end.jsonl.gz"])))
    assert len(read_so_far) > 400


@pytest.mark.parametrize(("path", "rereadable"), [("-", False), (os.devnull, False), (".", True), ("missing", True)])
def test_what_can_be_read_again(path: str, rereadable: bool) -> None:
    assert JobFile(path).rereadable is rereadable


def test_damaged_standard_input_keeps_what_came_before(monkeypatch: pytest.MonkeyPatch) -> None:
    data = damaged()["end.jsonl.gz"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    read_so_far: list[Job | Rejected] = []
    with pytest.raises(UnreadableFile, match=r"is damaged or incomplete after line [\d,]+; fetch it again"):
        read_so_far.extend(read_jobs("-"))
    assert len(read_so_far) > 400


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (b"\x1f\x8b\x08", "is damaged or incomplete"),
        (b"PK\x03\x04" + bytes(100), "is a ZIP, Excel or Word file; save its table as CSV"),
        (bytes(range(256)) * 100, "is not text"),
        (b"[1, 2", "is not JSON"),
        (b"[" * 100_000, "is not JSON: it is nested too deeply"),
        (b'{\n"a": 1}', "holds no list of postings"),
        (b'{\n"a": ', "is not JSON"),
    ],
)
def test_what_is_no_file_of_postings(tmp_path: Path, data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read(written(tmp_path, "data", data))
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_and_folder(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="cannot be read: No such file or directory"):
        read(tmp_path / "nothing.csv")
    with pytest.raises(UnreadableFile, match="cannot be read: Is a directory"):
        read(tmp_path)


def test_position_reaches_size(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl.gz", gzip.compress(b"".join(lines(2_000))))
    with JobFile(path) as file:
        assert file.size == path.stat().st_size
        reader = iter(file)
        next(reader)
        assert 0 < file.position < path.stat().st_size
        for _ in reader:
            pass
        assert file.position == file.size


def test_repeated_ids_are_counted(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", "\n".join(json.dumps({**ROW, "company": c}) for c in "abc"))
    with JobFile(path) as file:
        assert [job.company for job in file if isinstance(job, Job)] == ["a", "b", "c"]
        assert file.repeated == 2


def test_a_row_without_id_gets_a_stable_one(tmp_path: Path) -> None:
    rows = [{"title": "Nurse"}, {"title": "Cook"}, {"title": "Nurse", "id": "N/A"}]
    path = written(tmp_path, "board.2026.jsonl", "\n".join(map(json.dumps, rows)))
    ids = [job.id for job in read(path)[0]]
    assert ids == [job.id for job in read(path)[0]]
    assert len(set(ids)) == 3
    assert all(ident.startswith("board:") for ident in ids)


def test_names_of_other_programs(tmp_path: Path) -> None:
    record = {
        "jobId": 17, "Job Title": "  Senior&nbsp;Nurse ", "hiringOrganization": {"@type": "Org", "name": "Clinic"},
        "content": "<p>Care &amp; more</p>", "Minimum Qual Requirements": "Degree", "job_location": "Austin, TX",
        "is_remote": None, "remote": True, "Salary Range From": "$30", "Salary Range To": 40,
        "Salary Frequency": "Hourly", "experience_level": "Mid-Senior level", "contractType": "permanent",
        "datePosted": "12/18/2025",
        "validThrough": "2026-01-31", "tags": "icu; er", "link": "https://x.example/17", "lang": "en_US",
        "dup_of": "16", "empty": None, "level": "M1",
    }  # fmt: skip
    (job,), _ = read(written(tmp_path, "a.jsonl", json.dumps(record)))
    assert (job.id, job.title, job.company) == ("17", "Senior Nurse", "Clinic")
    assert job.description == "Care & more\n\nDegree"
    assert job.places == (Place(city="Austin", region="TX", country="US"),)
    assert (job.workplace, job.level) == (Workplace.REMOTE, Level.MID)
    assert job.employment_type is EmploymentType.FULL_TIME
    assert job.pay == Pay(minimum=30, maximum=40, currency="USD", period="hour")
    assert str(job.posted_at) == "2025-12-18 00:00:00+00:00"
    assert str(job.expires_at) == "2026-02-01 00:00:00+00:00"
    assert (job.skills, job.url, job.language) == (("icu", "er"), "https://x.example/17", "en")
    assert job.metadata == {"dup_of": "16", "level": "M1"}


def test_languages_are_read_by_code_tag_and_name(tmp_path: Path) -> None:
    named = ["English", "en_US", "DEU", "fil", "n/a", "a language", 5, "x" * 10_000]
    lines = (json.dumps({"id": str(n), "title": "Nurse", "language": name}) for n, name in enumerate(named))
    jobs, _ = read(written(tmp_path, "a.jsonl", "\n".join(lines)))
    assert [job.language for job in jobs] == ["en", "en", "de", "fil", None, None, None, None]


def test_an_explicit_mapping_wins(tmp_path: Path) -> None:
    record = {"title": "wrong", "role": "Nurse", "body": "One", "extra": {"more": "Two"}, "id": "1"}
    path = written(tmp_path, "a.jsonl", json.dumps(record))
    (job,), _ = read(path, {"title": "role", "description": ["body", "extra.more"]})
    assert (job.title, job.description) == ("Nurse", "One\n\nTwo")
    assert job.metadata == {"title": "wrong", "extra": {"more": "Two"}}
    with pytest.raises(InvalidInput, match="'titel' is not a field of a posting; did you mean title"):
        read(path, {"titel": "role"})


def test_what_cannot_be_read_is_dropped_counted_and_kept_as_metadata(tmp_path: Path) -> None:
    record = {**ROW, "posted_at": "2025-02-30", "salary_min": 9, "salary_period": "Annual", "lat": 95, "lon": 3}
    record |= {"url": "see website", "level": "4A", "skills": 7, "remote": None, "locations": ["3 Locations"]}
    with JobFile(written(tmp_path, "a.jsonl", json.dumps(record))) as file:
        (job,) = file
    assert isinstance(job, Job)
    assert (job.posted_at, job.pay, job.places, job.url, job.level, job.workplace) == (None, None, (), None, None, None)
    assert file.warnings == {
        "posted_at: not understood": 1, "pay: not plausible for its period, or without one": 1,
        "latitude: not on Earth, or without a longitude": 1, "url: not understood": 1, "level: not understood": 1,
        "skills: not understood": 1, "location: not understood": 1,
    }  # fmt: skip
    assert job.metadata["posted_at"] == "2025-02-30"
    assert job.metadata["salary_min"] == 9


def test_one_odd_value_is_a_warning_two_are_a_shift(tmp_path: Path) -> None:
    one = {**ROW, "posted_at": "Full-time"}
    two = {**one, "salary_min": "2019-11-26"}
    path = written(tmp_path, "a.jsonl", "\n".join(map(json.dumps, (one, two))))
    jobs, rejected = read(path)
    assert len(jobs) == 1
    assert rejected[0].reason.startswith("columns look shifted: pay_minimum, posted_at hold something else")


@pytest.mark.parametrize("title", ["62868", "2025-01-01", "https://x.example", "word " * 100])
def test_a_title_that_is_none(tmp_path: Path, title: str) -> None:
    jobs, rejected = read(written(tmp_path, "a.jsonl", json.dumps({"id": "1", "title": title})))
    assert jobs == []
    assert rejected[0].reason.startswith("title holds a ")


def test_an_id_too_long(tmp_path: Path) -> None:
    _, rejected = read(written(tmp_path, "a.jsonl", json.dumps({"id": "x" * 600, "title": "Nurse"})))
    assert rejected[0].reason == "id is longer than 512 characters"
