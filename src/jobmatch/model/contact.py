"""What a résumé tells of how to reach somebody, which says nothing of what that person can do."""

import re

#: An address of e-mail or of a page about somebody, or a telephone number, but no span of years; bounded, so that no
#: text takes long.
_CONTACT = re.compile(
    r"[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{1,64}"
    r"|\b(?:https?://)?(?:www\.)?(?:linkedin|github|gitlab|xing)\.com/[^\s|,;)]{0,256}"
    r"|\+\d[\d ()./-]{6,18}\d|\((?!(?:19|20)\d\d\))\d{2,5}\)[\d ./-]{5,14}\d|\b\d{3}[ .-]\d{3}[ .-]\d{4}\b"
    r"|\b0(?!\d?[./-])(?![\d /-]{0,18}(?<!\d)(?:19|20)\d\d(?!\d))\d{1,5}[ /-][\d /-]{4,14}\d"
)
#: What stands before them.
_NAMED = """
address adresse cell cellphone contact contacto correo courriel e e-mail email fax github gitlab handy home kontakt
linkedin mail me mob mobil mobile movil móvil or phone portable profil profile reach tel telefon telefono teléfono
telephone téléphone web website xing
"""
_NAMES = frozenset(_NAMED.split())
#: Words beside one in a sentence, of which it is a part.
SENTENCE = 7


def told(text: str) -> str:
    """Return a résumé without addresses and numbers by which to reach the candidate, and without the lines that tell
    nothing else: in a short one they are half of what a vector is made of. If there are no others, they stay."""
    lines = [left for line in text.split("\n") if (left := _left(line)) is not None]
    left = "\n".join(lines)
    return left if left.strip() else text


def _left(line: str) -> str | None:
    """Return what a line tells besides, None if that is nothing; all of it if it is a sentence."""
    left, cut = _CONTACT.subn("", line)
    words = [word for part in left.split() if (word := part.strip(".,:;|()·•").casefold()).isalpha() or "-" in word]
    if not cut or len(words) >= SENTENCE:
        return line
    return left if any(word.strip("-") not in _NAMES | {""} for word in words) else None
