"""`Shape`: which conditions a statement has, whatever is bound to them."""

from attrs import frozen

from jobmatch.backends.postgres.layout import OURS, Layout

#: The columns of names, words, amounts and times, by the fields of `Filters` that ask for them.
_COLUMNS = {
    "country": "country",
    "region": "region",
    "city": "city",
    "companies": "company",
    "exclude_companies": "company",
    "industries": "industry",
    "skills": "skills",
    "skills_any": "skills",
    "language": "language",
    "salary_min": "pay",
    "posted_after": "posted_at",
    "max_age_days": "posted_at",
    "remote": "workplace",
    "workplace": "workplace",
    "experience": "level",
    "employment_type": "employment_type",
}


@frozen
class Shape:
    """Which conditions a statement has.

    Arguments:
        conditions: names of the fields of `Filters` that are set.
        keep_unknown: those of them that something unknown passes.
        remote: what is asked about remote work, if anything.
        on_site: whether nothing remote passes, which else is in every region and city.
        currency: whether pay must be in a certain one.
        boxes: number of boxes that the radius takes.
        keywords: number of keywords.
        exclude_keywords: number of those that must not be there.
        layout: what the conditions are about.
    """

    conditions: tuple[str, ...]
    keep_unknown: frozenset[str] = frozenset()
    remote: bool | None = None
    on_site: bool = False
    currency: bool = False
    boxes: int = 0
    keywords: int = 0
    exclude_keywords: int = 0
    layout: Layout = OURS

    @property
    def inestimable(self) -> bool:
        """Whether it has conditions of which the server's statistics know nothing."""
        asked = {*self.conditions, *(() if self.remote is None else ("remote",))}
        columns = {_COLUMNS[name] for name in asked & _COLUMNS.keys()}
        return self.boxes > 0 or "metadata" in asked or not columns.isdisjoint(self.layout.unmeasured)
