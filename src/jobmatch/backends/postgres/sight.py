"""`Sight`: how witnesses lie about one query, and what that tells: what was overlooked, and where else to look."""

from collections.abc import Sequence
from math import ceil, sqrt
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from jobmatch.backends.postgres.strategies import Metric
from jobmatch.conditions import Condition, told
from jobmatch.model import Filters, JobSummary

if TYPE_CHECKING:
    from jobmatch.backends.postgres.witnesses import Witnesses
    from jobmatch.ports import Vector

#: Standard deviations of luck, and besides how many too many, that make no difference. Postings of one page of the
#: table, which are drawn together, may be alike; a false alarm costs one more search.
DEVIATIONS, MORE = 3.0, 2
#: Share of a distance that rounding may make up.
ROUNDING = 1e-3
#: Witnesses among which different kinds are looked for, and how many kinds at most.
NEIGHBOURS, KINDS = 20, 4
#: How many times as far away they may be as the farthest that was found, and as the nearest witness. Who asks for one
#: thing has others farther off; a look at each kind costs as much as the search.
BEYOND, APART = 1.2, 1.15
#: Part of a witness in what is looked for instead of the query: so much that the index goes there, and so little that
#: the nearest there are those near to the query.
TILT = 0.8
#: Witnesses nearby that should pass a filter, if it has nothing to do with what is asked: so many are asked whether
#: they do, and so many at most. Two or fewer of eight are no accident: that happens once in 72 times.
EXPECTED, MOST_ASKED, ACCIDENT = 8, 400, 2
#: Bonds that are weaker are taken for none: one in a hundred filters that have nothing to do with the texts shows more.
LOOSE = 0.05


def passes(posting: JobSummary, conditions: Sequence[Condition], filters: Filters) -> bool:
    """Tell whether a posting meets all conditions, as far as a short one tells."""
    return all(condition(posting, filters) for condition in conditions)


@frozen(eq=False, kw_only=True)
class Sight:
    """Witnesses as they lie about one query.

    Arguments:
        witnesses: the witnesses.
        query: of unit length, shape (dimensions,).
        distances: of each from the query.
    """

    witnesses: "Witnesses"
    query: "Vector"
    distances: "Vector"

    def refute(self, *, farthest: float, looked_at: int) -> bool:
        """Tell whether more of them are nearer than *farthest* than can be among the nearest of all.

        How many of the *n* nearest are drawn is about Poisson distributed, with the mean ``n × rate``.

        Arguments:
            farthest: distance of the farthest that was found.
            looked_at: postings that are at least as near, had the index found the nearest.
        """
        if not len(self.distances):
            return False
        expected = looked_at * self.witnesses.rate
        nearer = np.count_nonzero(self.distances < farthest - ROUNDING * abs(farthest))
        return bool(nearer > expected + DEVIATIONS * sqrt(expected) + MORE)

    def sides(self, filters: Filters, *, farthest: float) -> "list[Vector]":
        """Return from where else to look for what is nearest: towards each kind that is nearby, if there are several.

        A query for two things at once lies between postings of the one and of the other, and an index over a graph
        finds its way to but one of them. Two witnesses are of different kinds if either is nearer to the query than to
        the other.

        Arguments:
            filters: what was found had to pass.
            farthest: distance of the farthest that was found.

        Returns:
            unit vectors between the query and a witness of each kind; none if there is but one kind, of which what was
            found will be.
        """
        if self.witnesses.metric is not Metric.COSINE or not len(self.distances):
            return []
        kinds = self._kinds(farthest)
        # One that is nearer than what was found may not have been. Under filters it may have been left out.
        if len(kinds) == 1 and (filters or self.distances[kinds[0]] >= farthest):
            return []
        return [_towards(self.query, self.witnesses.vectors[one]) for one in kinds]

    def _kinds(self, farthest: float) -> list[int]:
        """Return the nearest witness of each kind, of the few nearest, as long as they are not much farther away."""
        distances, kinds = self.distances, list[int]()
        nearest = self._nearest(NEIGHBOURS)
        limit = min(BEYOND * farthest, APART * distances[nearest[0]])
        vectors = self.witnesses.vectors
        for one in nearest:
            if distances[one] > limit or len(kinds) == KINDS:
                break
            if all(1 - vectors[one] @ vectors[other] > max(distances[one], distances[other]) for other in kinds):
                kinds.append(one)
        return kinds

    def share(self, filters: Filters, *, usual: float) -> float:
        """Return the share of those nearby that pass *filters*, as far as a short posting tells.

        Arguments:
            filters: the filters.
            usual: the share of all that pass, which is returned if there are not fewer nearby.
        """
        jobs, findable = self.witnesses.jobs, self.witnesses.findable
        conditions, count = told(filters), ceil(EXPECTED * findable / usual)
        if not (conditions and count) or count > min(MOST_ASKED, len(jobs)):
            return usual
        flags = [passes(jobs[number], conditions, filters) for number in self._nearest(max(count, NEIGHBOURS))]
        passing = sum(flags[:count])
        if passing > ACCIDENT:
            return self._leaning(filters, sum(flags[:NEIGHBOURS]), usual)
        # Where none of them passes there may still be others: as if it were half of one.
        return min(max(passing, 0.5) / count * findable, usual)

    def _leaning(self, filters: Filters, passing: int, usual: float) -> float:
        """Return the share to expect if *passing* of the `NEIGHBOURS` nearest pass.

        How many of those around a point pass is taken to be beta-binomially distributed; what is returned is the mean
        of the share given how many do, by which the nearest count for more, the more postings resemble their
        neighbours in whether they pass.
        """
        if 2 * passing >= NEIGHBOURS * usual / self.witnesses.findable:
            return usual  # hardly fewer than anywhere
        bond = self.witnesses.bond(filters)
        if bond.strength < LOOSE:
            return usual
        others = 1 / bond.strength - 1
        nearby = (passing + others * bond.share) / (NEIGHBOURS + others)
        return usual * min(nearby / bond.share, 1.0)

    def _nearest(self, count: int) -> list[int]:
        """Return the nearest witnesses, nearest first."""
        some = np.argpartition(self.distances, min(count, len(self.distances)) - 1)[:count]
        nearest: list[int] = some[np.argsort(self.distances[some])].tolist()
        return nearest


def _towards(query: "Vector", witness: "Vector") -> "Vector":
    between = query + TILT * witness
    tilted: Vector = between / np.linalg.norm(between)
    return tilted
