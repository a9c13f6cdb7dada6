"""Words of a title, as far as they tell what the job is."""

import re
import unicodedata
from functools import lru_cache

from jobmatch.model.keywords import STOP_WORDS
from jobmatch.model.text import UNSPACED, WORD, bare, unaccented

_FOREIGN = """
am an as auf aus bei beim das dem den der des die durch ein eine einem einen einer eines fur im in ins mit nach oder
ohne
seit uber um und unter vom von vor zu zum zur
au aux avec chez dans de du en et la le les ou par pour sans sur un une
a al con del e el las lo los o para por sin u una uno y
da das do dos na nas no nos os pela pelo sem um uma
agli ai alla alle allo da dal dalla degli dei dell della delle dello di ed gli i il nel nella per su tra
aan bij een en het met of op te tot uit voor
av det eller et ett for fra fran i och og som till til ved
dla i lub na oraz w we z ze
"""
#: Function words of the languages that most postings come in. *Die* and *for* are such, whatever they mean elsewhere.
FUNCTION_WORDS = STOP_WORDS | frozenset(_FOREIGN.split())
_LONGEST = 3
#: Who may apply, as many countries make titles say it: (m/w/d), H/F, (f|m|x), m/v.
_SEX = "(?:[mwfhdxviknoj]|gn|nb|div|all)"
_SEXES = re.compile(rf"(?<!\w){_SEX}(?:\s?[/|,*]\s?{_SEX})+(?!\w)", re.IGNORECASE)
_BOTH = frozenset("m"), frozenset("hf")
_UNSPACED = re.compile(f"[{UNSPACED}]+")
_RANKS = """
aspiring avp chief deputy entry evp experienced head intern internship junior jr lead level mid principal president
senior sr svp vice vp
full part time fulltime parttime permanent temporary temp contract seasonal casual prn per diem day days night nights
evening evenings weekend weekends shift shifts vollzeit teilzeit minijob befristet unbefristet
remote hybrid onsite
all genders geschlechter
bonus hiring job jobs opening opportunity position urgent wanted
one two three four five six seven eight nine ten i ii iii iv v vi vii viii ix x
"""
#: Words that tell of rank, number, hours or place, and of no occupation.
_BESIDE = frozenset(_RANKS.split())


@lru_cache(maxsize=65_536)
def title_words(title: str) -> frozenset[str]:
    """Return the folded words of *title*, without function words and without who may apply.

    Function words of up to three letters that alone are in capitals are something else: *IT Manager*, *OR Nurse*. Of
    scripts without spaces the words are pairs of characters.
    """
    # Put together again what was taken apart for the accents: Hangul and kana are shown as evidence.
    title = unicodedata.normalize("NFC", _SEXES.sub(_kept, unaccented(title)))
    shouted = title.isupper()
    told = frozenset(one.casefold() for one in WORD.findall(_UNSPACED.sub(" ", title)) if _tells(one, shouted=shouted))
    return told.union(*(_pairs(run[0]) for run in _UNSPACED.finditer(title)))


def _pairs(run: str) -> set[str]:
    """Return the pairs of neighbours, for nobody put spaces between words; one character alone stands for itself."""
    return {run[at : at + 2] for at in range(max(len(run) - 1, 1))}


def _kept(signs: re.Match[str]) -> str:
    """Return what is left of signs between slashes: H/W is hardware."""
    letters = frozenset(signs[0].casefold())
    return " " if any(both <= letters for both in _BOTH) else signs[0]


def _tells(word: str, *, shouted: bool) -> bool:
    if bare(word) not in FUNCTION_WORDS:
        return True
    return not shouted and 1 < len(word) <= _LONGEST and word.isupper()


def alike(asked: frozenset[str], held: frozenset[str]) -> tuple[float, frozenset[str]]:
    """Return the overlap of two titles by their words (Dice's coefficient), and the words that they share.

    Words that tell of rank, number or hours, and single letters, count beside others only: *Specialist II* and
    *Nurse II* have nothing in common.
    """
    shared = asked & held
    if not any(map(_names_an_occupation, shared)):
        return 0.0, frozenset()
    return 2 * len(shared) / (len(asked) + len(held)), shared


def _names_an_occupation(word: str) -> bool:
    return len(word) > 1 and not word.isdecimal() and word not in _BESIDE
