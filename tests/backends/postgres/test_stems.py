"""That the memory index, by which searches are judged, stems as the server does."""

import psycopg

from jobmatch.backends.memory.lexicon import stem
from jobmatch.model.keywords import ABBREVIATIONS, MARK, STOP_WORDS, plain

WORDS = """
emergency emergencies organic organization internal international interns evening evenings university universities
universal paste past later lateral nursing nurses nurse developer development generously communication skies dying
news proceeds ran running 4bytes 4byte 10k 2nd 1e5 s3 ec2s 24 3ds 0x1f mp3s krankenpfleger noel
"""


def test_stems_are_the_servers(database_url: str) -> None:
    words = WORDS.split()
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "SELECT tsvector_to_array(to_tsvector('english', word)) FROM unnest(%s::text[]) word", [words]
        ).fetchall()
    assert [lexemes for (lexemes,) in rows] == [[stem(word)] for word in words]


def test_stop_words_are_the_servers_and_marked_ones_are_none(database_url: str) -> None:
    marked = [plain(word) for word in sorted(ABBREVIATIONS)]
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT to_tsvector('english', %s)::text", [" ".join(STOP_WORDS)]).fetchone()
        lexemes = connection.execute("SELECT tsvector_to_array(to_tsvector('english', %s))", [" ".join(marked)])
        assert row == ("",)
        assert lexemes.fetchall() == [(sorted(marked),)]
    assert all(word.startswith(MARK) for word in marked)
