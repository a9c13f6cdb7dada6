"""The tables: every sector with its occupations."""

from jobmatch.sample.sectors.care import CARE
from jobmatch.sample.sectors.creative import CREATIVE
from jobmatch.sample.sectors.data import DATA
from jobmatch.sample.sectors.education import EDUCATION
from jobmatch.sample.sectors.engineering import ENGINEERING
from jobmatch.sample.sectors.hospitality import HOSPITALITY
from jobmatch.sample.sectors.logistics import LOGISTICS
from jobmatch.sample.sectors.office import OFFICE
from jobmatch.sample.sectors.public import PUBLIC
from jobmatch.sample.sectors.retail import RETAIL
from jobmatch.sample.sectors.science import SCIENCE
from jobmatch.sample.sectors.software import SOFTWARE
from jobmatch.sample.sectors.trades import TRADES

SECTORS = (
    TRADES,
    ENGINEERING,
    CARE,
    EDUCATION,
    OFFICE,
    SOFTWARE,
    DATA,
    HOSPITALITY,
    LOGISTICS,
    RETAIL,
    SCIENCE,
    PUBLIC,
    CREATIVE,
)
