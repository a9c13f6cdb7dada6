"""Files to values: postings from JSON lines, JSON and CSV, résumés from text files.

Every row gives a `Job` or a `Rejected` with line and reason; nothing is guessed silently, nothing crashes.
"""

from jobmatch.importing.files import JobFile, read_jobs
from jobmatch.importing.mapping import FieldMap
from jobmatch.importing.postings import jobs_from_records
from jobmatch.importing.requests import read_requests
from jobmatch.importing.resume import read_resume
from jobmatch.importing.rows import Rejected

__all__ = ["FieldMap", "JobFile", "Rejected", "jobs_from_records", "read_jobs", "read_requests", "read_resume"]
