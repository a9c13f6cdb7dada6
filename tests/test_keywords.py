"""Words for the text search: letters and digits between spaces, whatever else a text holds."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobmatch.model.keywords import plain
from jobmatch.model.text import bare, spaced

MARKS = "’‘“”–—•…·"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Java/Python on node.js, C & _D_", "java python on node js c d"),
        ("• Don’t “click” – type… ½ Straße", "don t click type 1 2 strasse"),
        ("Résumé for NET 3.5", "resume for net 3 5"),
        ("Инженер·Go 軟體_工程師, NET", "инженер go 軟 體 工 程 師 net"),
        ("C++, c# (.NET), A+", "c0pp c0s 0dot net a0p"),
        ("C++17 Objective-C++/C", "c0pp 17 objective c0pp c"),
        ("Notepad++ LGBTQ+ Java+Go #1 issue#5", "notepad lgbtq java go 1 issue 5"),
        ("End.Next .5 ... and ...so ASP.Net, .netrc", "end next 5 and so asp 0dot net 0dot netrc"),
        ("$100–$1,000, 50 €, 7 %", "0dollar 100 0dollar 1 000 50 0euro 7 0percent"),
        ("Ab/c A/B, R & D, m/w/d, and/or, C/C++", "ab c a0vb r0ud m0vw0vd and or c c0pp"),
        ("", ""),
    ],
)
def test_words_stand_alone(text: str, words: str) -> None:
    assert plain(text).split() == words.split()


@given(st.text(st.sampled_from(f"aZ9é{MARKS}_ ß½\n:,;!") | st.characters(), max_size=30))
def test_the_words_are_the_runs_of_letters_and_digits(text: str) -> None:
    text = re.sub("[.+#%/&$€£¥₹]", " ", unicodedata.normalize("NFKD", text.lower()))  # signs and capitals may tell
    letters = "".join(c if c.isalnum() else " " for c in spaced(bare(text)))
    assert plain(text).split() == letters.split()


@given(st.text(st.sampled_from("aAbIcNET 09.+#%/&$€\n(線"), max_size=12))
def test_a_word_with_signs_is_found_in_a_text_with_it(text: str) -> None:
    assert " ".join(plain(text).split()) in " ".join(plain(f"We: {text} !").split())


@pytest.mark.parametrize(("text", "apart"), [("Go語言c", "Go 語 言 c"), ("看護", " 看 護 "), ("𠀋、ナ", " 𠀋 、 ナ ")])
def test_characters_of_scripts_without_spaces_stand_apart(text: str, apart: str) -> None:
    assert spaced(text) == apart
