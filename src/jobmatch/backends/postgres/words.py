"""Text as PostgreSQL's ``english`` text search is given it: plain words between spaces.

Left to itself the server's parser takes ``Java/Python`` for a file name and ``node.js`` for a host, and finds neither
word in them.
"""

from collections.abc import Iterable

from jobmatch.model import Job
from jobmatch.model.text import STOP_WORDS, words

#: A tsvector holds at most a megabyte; even if every character takes four bytes this many fit.
MAX_TITLE, MAX_SKILLS, MAX_DESCRIPTION = 2_000, 20_000, 150_000
_ASCII = "".join(chr(n) if chr(n).isalnum() else " " for n in range(128))


def searchable(text: str) -> str:
    """Return *text* folded, with nothing but letters and digits between spaces."""
    if text.isascii():
        return text.lower().translate(_ASCII)
    return " ".join(words(text)).replace("_", " ")


def of_job(job: Job) -> str:
    """Return all words of a job: title, skills and description."""
    skills = " ".join(job.skills)
    return searchable(f"{job.title[:MAX_TITLE]} {skills[:MAX_SKILLS]} {job.description[:MAX_DESCRIPTION]}")


def meaningful(keywords: Iterable[str]) -> list[str]:
    """Return *keywords* in searchable form, without those that consist of stop words, which ask for nothing."""
    return [words for keyword in keywords if not STOP_WORDS.issuperset((words := searchable(keyword)).split())]
