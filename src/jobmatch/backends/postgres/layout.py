"""Where a search finds what it asks for: `Layout`.

Conditions and statements are built from a layout, never from a table, so that a table of somebody else's can take the
place of ours.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import attrs
from attrs import field, frozen
from sqlalchemy import (
    ColumnElement,
    Float,
    FromClause,
    Integer,
    Text,
    bindparam,
    func,
    literal_column,
    select,
    tablesample,
)

from jobmatch.backends.postgres.expressions import Condition, lexemes, phrase
from jobmatch.backends.postgres.schema import VECTOR, match_job, match_text
from jobmatch.model.keywords import of_keyword


@frozen(eq=False, kw_only=True)
class Words:
    """Where the words of a posting are.

    Arguments:
        table: that holds them.
        job_id: tells there which posting they are of.
        search: the words, stemmed; NULL while they wait.
        waiting: the plain words, to be stemmed while searching; None if none ever wait.
        by_id: whether those of one posting are quickly looked up, and there is but one row of them.
        made: whether ``search`` is made of a text whenever it is looked at.
        spelled: what is handed over of a keyword.
        phrase: what is looked for, of what was handed over.
    """

    table: FromClause
    job_id: ColumnElement[Any]
    search: ColumnElement[Any]
    waiting: ColumnElement[Any] | None = None
    by_id: bool = False
    made: bool = False
    spelled: Callable[[str], str] = of_keyword
    phrase: Callable[[ColumnElement[Any]], ColumnElement[Any]] = phrase

    def asked(self, name: str) -> ColumnElement[Any]:
        """Return what is looked for, of a parameter that holds a keyword as it is handed over."""
        return self.phrase(bindparam(name, type_=Text))

    def stemmed(self) -> ColumnElement[Any]:
        """Return the stemmed words, whether or not they wait."""
        return self.search if self.waiting is None else func.coalesce(self.search, lexemes(self.waiting))


@frozen(eq=False, kw_only=True)
class Layout:
    """A table of postings, or several that are joined, as a search sees it.

    The type of an expression tells how it is compared: an array holds several values, a text one.

    Arguments:
        source: what is searched: the table, alone or joined with others.
        table: holds a row for each posting.
        row: tells the rows of the table apart.
        id: of the posting.
        vector: of the posting.
        summary: `JobSummary` as JSON.
        columns: what conditions can be about, by name; what is not there cannot be asked for.
        words: of the posting; None if keywords cannot be asked for.
        always: what every posting that is found fulfils.
        sound: by name of a column, what it fulfils unless it holds something that nobody can be told of, which is as
            good as unknown; what is not there always can be told of.
        unmeasured: columns of which the server has no statistics, for it is asked for what it makes of others.
        open: the same with all rows in ``source``, where some are left out of it: ``always`` there tells which. An
            index knows nothing of that, so what it hands out is asked afterwards.
    """

    source: FromClause
    table: FromClause
    row: ColumnElement[Any]
    id: ColumnElement[Any]
    vector: ColumnElement[Any]
    summary: ColumnElement[Any]
    columns: Mapping[str, ColumnElement[Any]]
    words: Words | None
    always: tuple[Condition, ...] = ()
    sound: Mapping[str, Condition] = field(factory=dict)
    unmeasured: frozenset[str] = frozenset()
    open: "Layout | None" = None

    @property
    def whole(self) -> "Layout":
        """The layout with all rows."""
        return self.open or self

    def __getitem__(self, name: str) -> ColumnElement[Any]:
        return self.columns[name]

    def __contains__(self, name: str) -> bool:
        return name in self.columns


def drawn_at_random(layout: Layout, *, seed: str | None = None) -> Condition:
    """Return the condition that a row is in ``percent`` of the table's pages, which are drawn at random.

    Arguments:
        layout: of the table.
        seed: name of a parameter with which the same pages are drawn again.
    """
    again = bindparam(seed, type_=Integer) if seed else None
    share = func.system(bindparam("percent", type_=Float(53)))
    pages = tablesample(layout.table, share, name="sample", seed=again)
    rows = select(literal_column("sample.ctid")).select_from(pages).scalar_subquery()
    return layout.row == func.any(func.array(rows))


_job = match_job.c
#: The tables that an import fills.
OURS = Layout(
    source=match_job,
    table=match_job,
    row=literal_column("match_job.ctid"),
    id=_job.id,
    vector=_job.vector,
    summary=_job.summary,
    columns={
        "expires_at": _job.expires_at,
        "posted_at": _job.posted_at,
        "pay": _job.yearly_pay,
        "pay_currency": _job.pay_currency,
        "workplace": _job.workplace,
        "employment_type": _job.employment_type,
        "level": _job.level,
        "country": _job.countries,
        "region": _job.regions,
        "city": _job.cities,
        "area": _job.area,
        "latitude": _job.latitudes,
        "longitude": _job.longitudes,
        "skills": _job.skills,
        "company": _job.company_folded,
        "industry": _job.industry_folded,
        "language": _job.language,
        "metadata": _job.facts,
    },
    words=Words(
        table=match_text, job_id=match_text.c.job_id, search=match_text.c.search, waiting=match_text.c.words, by_id=True
    ),
)


@cache
def ours(column: str) -> Layout:
    """Return the layout of our tables with the vectors of one embedder."""
    vector: ColumnElement[Any] = literal_column(f"{match_job.name}.{column}")
    return OURS if column == VECTOR else attrs.evolve(OURS, vector=vector)
