"""Which keywords there is no looking for in somebody's table, where the server alone knows that."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from cachetools import LRUCache
from sqlalchemy import func, literal_column, select

from jobmatch.backends.postgres.compiled import Compiled, compiled
from jobmatch.backends.postgres.database import Rows
from jobmatch.backends.postgres.expressions import texts
from jobmatch.backends.postgres.layout import Layout
from jobmatch.backends.postgres.mapped.job_table import JobTable
from jobmatch.backends.postgres.mapped.posting import layout
from jobmatch.model import Filters, keywords
from jobmatch.model.keywords import refuse

#: Keywords remembered: nearly all come again, and a configuration hardly ever changes.
REMEMBERED = 4_096
Fetch = Callable[[Compiled, Mapping[str, Any]], Awaitable[Rows]]


class Vocabulary:
    """Tells of keywords whether anything is left of them without stop words.

    Arguments:
        table: with the text.
        fetch: asks the server.
    """

    def __init__(self, table: JobTable, fetch: Fetch) -> None:
        self._table = table
        self._fetch = fetch
        self._vain: LRUCache[str, bool] = LRUCache(REMEMBERED)

    async def unsearchable(self, given: Sequence[str]) -> frozenset[str]:
        """See `JobIndex.unsearchable`."""
        if self._table.like_ours:
            return keywords.unsearchable(given)
        found = {keyword: self._vain.get(keyword) for keyword in given}
        if new := [keyword for keyword, vain in found.items() if vain is None]:
            found |= await self._asked(new)
        return frozenset(keyword for keyword, vain in found.items() if vain)

    async def _asked(self, new: Sequence[str]) -> dict[str, bool]:
        words = layout(self._table).words
        if words is None:
            return {}
        spelled = {keyword: words.spelled(keyword) for keyword in new}
        rows = await self._fetch(_empty(layout(self._table)), {"keywords": list(spelled.values())})
        empty = {keyword for (keyword,) in rows}
        told = {keyword: handed in empty for keyword, handed in spelled.items()}
        self._vain.update(told)
        return told

    async def check(self, filters: Filters) -> None:
        """Refuse keywords that there is no looking for.

        Raises:
            InvalidInput: names the keyword.
        """
        if given := (*filters.keywords, *filters.exclude_keywords):
            refuse(filters, await self.unsearchable(given))


@lru_cache(maxsize=64)
def _empty(layout: Layout) -> Compiled:
    """Return those keywords of which nothing is left."""
    assert layout.words is not None  # noqa: S101  # nobody asks otherwise
    keyword = func.unnest(texts("keywords")).column_valued("keyword")
    return compiled(select(keyword).where(func.numnode(layout.words.phrase(keyword)) == literal_column("0")))
