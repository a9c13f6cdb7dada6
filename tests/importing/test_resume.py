"""Résumés from files; whatever else is refused in one line that does not repeat what it holds."""

import io
import sys
from pathlib import Path

import pytest

from jobmatch.errors import UnreadableFile
from jobmatch.importing import read_resume

TEXT = "Ada Lovelace\nZürich – Analyst"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_plain_text_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "resume.txt"
    path.write_bytes(TEXT.replace("\n", "\r\n").encode(encoding))
    assert read_resume(path) == TEXT


def test_json_html_and_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "resume.json"
    path.write_text('{"id": 1, "text": "Nurse\\r\\n10 years"}')
    assert read_resume(path) == "Nurse\n10 years"
    path = tmp_path / "resume.html"
    path.write_text("<html><head><title>x</title></head><body><p>Nurse</p></body></html>")
    assert read_resume(path) == "Nurse"
    path.write_text("{no json} Nurse")
    assert read_resume(str(path)) == "{no json} Nurse"
    path.write_text("[Jane Doe] nurse")
    assert read_resume(path) == "[Jane Doe] nurse"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"Nurse")))
    assert read_resume("-") == "Nurse"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "has no text"),
        (b" \n\t\xef\xbb\xbf ", "has no text"),
        (bytes(range(256)) * 20, "is not text"),
        (b"%PDF-1.7 secret", "is a PDF, which cannot be read yet: save it as plain text first"),
        (b"PK\x03\x04secret", "is a Word or OpenDocument file"),
        (b"{\\rtf1 secret}", "is rich text"),
        (b'{"name": "secret"}', 'is JSON without a "text"'),
        (b"secret " * 100_000, "has 699,999 characters; a r\u00e9sum\u00e9 may have 200,000"),
    ],
)
def test_what_is_no_resume(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "resume.txt"
    path.write_bytes(data)
    with pytest.raises(UnreadableFile) as caught:
        read_resume(path)
    message = str(caught.value).removeprefix(str(tmp_path))  # in whose name pytest repeats the data
    assert reason in message
    assert "secret" not in message
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.json", '{"text": "secret', "is not JSON: Input data was truncated"),
        ("a.JSON", "secret nurse", "is not JSON: JSON is malformed"),
        ("a.json", "[" * 100_000, "is not JSON: "),
        ("a.json", '["secret"]', 'is JSON without a "text"'),
        ("a.json", '{"text": ["secret"]}', 'is JSON without a "text"'),
        ("a.json", '{"text": " "}', "has no text"),
        ("a.json", " ", "has no text"),
        ("a.txt", '{"text": "secret",}', "is not JSON: JSON is malformed"),
        ("a", '{\n  "text": "secret"', "is not JSON: Input data was truncated"),
        ("a.txt", '{"text": "secret"}\n{"text": "secret"}', "is not JSON: JSON is malformed"),
    ],
)
def test_broken_json_is_not_matched_as_text(tmp_path: Path, name: str, data: str, reason: str) -> None:
    path = tmp_path / name
    path.write_text(data)
    with pytest.raises(UnreadableFile) as caught:
        read_resume(path)
    assert reason in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_huge_file_is_refused_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "resume.txt"
    with path.open("wb") as file:
        file.truncate(50 * 2**20)
    with pytest.raises(UnreadableFile, match="is larger than 5 MB"):
        read_resume(path)


def test_missing_and_folder(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="cannot be read: No such file or directory"):
        read_resume(tmp_path / "none.txt")
    with pytest.raises(UnreadableFile, match="cannot be read: Is a directory"):
        read_resume(tmp_path)


def test_one_bad_byte_leaves_the_other_lines_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "resume.txt"
    path.write_bytes("Ada Lovelace, Zürich\nCafé – Łódź\n".encode() + b"Gr\xfc\xdfe\n")
    assert read_resume(path) == "Ada Lovelace, Zürich\nCafé – Łódź\nGrüße"
