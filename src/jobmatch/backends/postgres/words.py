"""Text as PostgreSQL's ``english`` text search is given it: plain words between spaces.

Left to itself the server's parser takes ``Java/Python`` for a file name and ``node.js`` for a host, and finds neither
word in them.
"""

from collections.abc import Iterable

from jobmatch.model import Job
from jobmatch.model.text import words

#: A tsvector holds at most a megabyte; even if every character takes four bytes this many fit.
MAX_TITLE, MAX_SKILLS, MAX_DESCRIPTION = 2_000, 20_000, 150_000
_ASCII = "".join(chr(n) if chr(n).isalnum() else " " for n in range(128))
_STOP_WORDS = """
i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers herself it its
itself they them their theirs themselves what which who whom this that these those am is are was were be been being have
has had having do does did doing a an the and but if or because as until while of at by for with about against between
into through during before after above below to from up down in out on off over under again further then once here there
when where why how all any both each few more most other some such no nor not only own same so than too very s t can
will just don should now
"""
#: Those of PostgreSQL's ``english``.
STOP_WORDS = frozenset(_STOP_WORDS.split())


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
