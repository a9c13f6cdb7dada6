"""Lines of a résumé that tell how to reach somebody, and nothing else."""

import re

#: An address of e-mail or of a page about somebody, or a telephone number, but no span of years; bounded, so that no
#: text takes long.
_CONTACT = re.compile(
    r"\S@[\w-]{1,63}\.\w|\b(?:linkedin|github|gitlab|xing)\.com/"
    r"|\+\d[\d ()./-]{6,18}\d|\((?!(?:19|20)\d\d\))\d{2,5}\)[\d ./-]{5,14}\d|\b\d{3}[ .-]\d{3}[ .-]\d{4}\b"
    r"|\b0(?!\d?[./-])(?![\d /-]{0,18}(?<!\d)(?:19|20)\d\d(?!\d))\d{1,5}[ /-][\d /-]{4,14}\d"
)
#: Words beside it with which a line tells of more than how to reach somebody.
TELLING = 7


def told(text: str) -> str:
    """Return a résumé without the lines that tell but how to reach the candidate: in a short one they are half of what
    a vector is made of. If there are no others, they stay."""
    lines = [line for line in text.split("\n") if not _is_contact(line)]
    left = "\n".join(lines)
    return left if left.strip() else text


def _is_contact(line: str) -> bool:
    if not _CONTACT.search(line):
        return False
    return sum(word.strip(".,:;|()").isalpha() for word in line.split()) < TELLING
