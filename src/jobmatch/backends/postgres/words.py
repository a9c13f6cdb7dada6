"""Text as PostgreSQL's ``english`` text search is given it: plain words between spaces.

Left to itself the server's parser takes ``Java/Python`` for a file name and ``node.js`` for a host, and finds neither
word in them.
"""

from collections.abc import Iterable

from jobmatch.model import Job
from jobmatch.model.text import PLAIN_WORD, STOP_WORDS, bare

#: A tsvector holds at most a megabyte; even if every character takes four bytes this many fit.
MAX_TITLE, MAX_SKILLS, MAX_DESCRIPTION = 2_000, 20_000, 150_000
_ASCII = bytes(ord(chr(n).lower()) if chr(n).isalnum() and n < 128 else ord(" ") for n in range(256))
#: What word processors put between words; most texts have nothing else that is not ASCII.
_MARKS = "’‘“”–—•…·"


def searchable(text: str) -> str:
    """Return *text* folded, with nothing but letters and digits between spaces."""
    if not text.isascii():
        for mark in _MARKS:
            text = text.replace(mark, " ")
    if not text.isascii():
        text = bare(text)
    return text.encode().translate(_ASCII).decode() if text.isascii() else " ".join(PLAIN_WORD.findall(text))


def of_job(job: Job) -> str:
    """Return all words of a job: title, skills and description."""
    skills = " ".join(job.skills)
    return searchable(f"{job.title[:MAX_TITLE]} {skills[:MAX_SKILLS]} {job.description[:MAX_DESCRIPTION]}")


def meaningful(keywords: Iterable[str]) -> list[str]:
    """Return *keywords* in searchable form, without those that consist of stop words, which ask for nothing."""
    return [words for keyword in keywords if not STOP_WORDS.issuperset((words := searchable(keyword)).split())]
