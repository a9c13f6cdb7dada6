"""Realistic sample postings and résumés, made up from a seed: same seed, same bytes, everywhere.

The records are plain dicts in the import format; nothing here knows the rest of jobmatch.
"""

from jobmatch.sample.posting import lines, postings
from jobmatch.sample.resume import resumes

__all__ = ["lines", "postings", "resumes"]
