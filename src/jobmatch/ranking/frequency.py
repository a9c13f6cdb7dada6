"""How much a word tells."""

from math import log

from jobmatch.ports import Survey


def rarity(survey: Survey) -> float:
    """Return the inverse document frequency of a keyword, ``ln(1 + (N − n + ½) / (n + ½))``.

    The form of Robertson and Spärck Jones that BM25 uses, which never turns negative.

    Arguments:
        survey: of the postings that have the keyword: n matching out of N in total.
    """
    n = min(survey.matching, survey.total)
    return log(1 + (survey.total - n + 0.5) / (n + 0.5))
