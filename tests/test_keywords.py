"""Words for the text search: letters and digits between spaces, whatever else a text holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobmatch.model.keywords import plain
from jobmatch.model.text import bare

MARKS = "’‘“”–—•…·"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Java/Python on node.js, C++ & _C#_", "java python on node js c c"),
        ("• Don’t “click” – type… ½ Straße", "don t click type 1 2 strasse"),
        ("Résumé for .NET 3.5", "resume for net 3 5"),
        ("Инженер·Go 軟體_工程師, .NET", "инженер go 軟體 工程師 net"),
        ("", ""),
    ],
)
def test_words_stand_alone(text: str, words: str) -> None:
    assert plain(text).split() == words.split()


@given(st.text(st.sampled_from(f"aZ9é{MARKS}.+#_/ 線ß½\n") | st.characters(), max_size=30))
def test_the_words_are_the_runs_of_letters_and_digits(text: str) -> None:
    letters = "".join(c if c.isalnum() else " " for c in bare(text))
    assert plain(text).split() == letters.split()
