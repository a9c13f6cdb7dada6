"""`Sight`: how witnesses lie about one query, and what that tells: what was overlooked, and where else to look."""

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from math import ceil, inf, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from attrs import frozen

from jobmatch.backends.postgres.flags import count
from jobmatch.backends.postgres.strategies import Metric
from jobmatch.backends.postgres.witnesses import NEIGHBOURS, Numbers, Witnesses
from jobmatch.conditions import decided, told
from jobmatch.model import Filters

if TYPE_CHECKING:
    from jobmatch.ports import Vector, Vectors

#: Standard deviations of luck, and besides how many too many, that make no difference. Postings of one page of the
#: table, which are drawn together, may be alike; a false alarm costs one more search.
DEVIATIONS, MORE = 3.0, 2
#: How many times as far away as those that were found others are that are hardly farther.
HARDLY = 1.5
#: Share of a distance that rounding may make up.
ROUNDING = 1e-3
#: Kinds that are told apart, at most.
KINDS = 4
#: How many times as far away they may be as the farthest that was found, and as the nearest witness. Who asks for one
#: thing has others farther off; a look at each kind costs as much as the search.
BEYOND, APART = 1.2, 1.25
#: How many of the few nearest that were found have to be of a kind, for the index to have found its way there: one may
#: be an accident. If one is enough a search takes a twentieth less, and of 1,600 people one more gets but eight of ten.
SEVERAL = 2
#: Distances that differ by less are of one posting, or of two that are alike: what single precision rounds off.
SAME = 1e-5
#: The same where the one was computed here and the other by the server.
ALIKE = 1e-4
#: Part of a witness in what is looked for instead of the query: so much that the index goes there, and so little that
#: the nearest there are those near to the query.
TILT = 0.8
#: Witnesses nearby that should pass a filter, if it has nothing to do with what is asked: so many are asked whether
#: they do, and so many at most. Two or fewer of eight are no accident: that happens once in 72 times.
EXPECTED, MOST_ASKED, ACCIDENT = 8, 400, 2
#: Bonds that are weaker are taken for none: one in a hundred filters that have nothing to do with the texts shows more.
LOOSE = 0.05


class Found(NamedTuple):
    """A posting that was found.

    Arguments:
        distance: from the query.
        kind: number of the kind that it is of, which is that of the witness it is nearest to.
    """

    distance: float
    kind: int = 0


@frozen(eq=False, kw_only=True)
class Sight:
    """Witnesses as they lie about one query.

    Arguments:
        witnesses: the witnesses.
        query: of unit length, shape (dimensions,).
    """

    witnesses: Witnesses
    query: "Vector"

    @cached_property
    def distances(self) -> "Vector":
        """Of each from the query."""
        return self.witnesses.distances(self.query)

    def take_in(self, *, aside: bool) -> None:
        """Make out how they lie, and of which kinds they are if it is to be looked *aside*; both are remembered."""
        _ = self._least, self.kinds if aside else ()

    @cached_property
    def _least(self) -> float:
        """Distance of the nearest of them, infinite if there is none."""
        return float(self.distances.min(initial=inf))

    def _none_nearer(self, farthest: float) -> bool:
        """Tell whether none of them is nearer than *farthest*, as is usual where but a few are wanted."""
        return self._least >= _surely(farthest)

    def refute(self, *, farthest: float, looked_at: int) -> bool:
        """Tell whether more of them are nearer than *farthest* than can be among the nearest of all.

        How many of the *n* nearest are drawn is about Poisson distributed, with the mean ``n × rate``.

        Arguments:
            farthest: distance of the farthest that was found.
            looked_at: postings that are at least as near, had the index found the nearest.
        """
        if self._none_nearer(farthest):
            return False
        expected = looked_at * self.witnesses.rate
        nearer = np.count_nonzero(self.distances < _surely(farthest))
        return bool(nearer > expected + DEVIATIONS * sqrt(expected) + MORE)

    def missed(self, found: "Sequence[float] | Vector", filters: Filters) -> bool:
        """Tell whether one of them should have been found, and was not: it passes, and is nearer than the farthest.

        Where postings are alike many times over, a graph may have no link to some of them, and no effort finds those.

        Arguments:
            found: distances of what was found, nearest first.
            filters: what was found had to pass.
        """
        if self._none_nearer(found[-1]) or (filters and not (self.witnesses.jobs and decided(filters))):
            return False
        near = self.distances < _surely(found[-1])
        if filters:
            near &= self.witnesses.flags(filters)
        return any(np.abs(np.subtract(found, one)).min() > ALIKE for one in self.distances[near])

    def crowding(self, *, farthest: float, looked_at: float) -> float | None:
        """Return how many times as many postings as are within a distance are within `HARDLY` times as much.

        It grows exponentially with the dimensions that matter there, as the expansion rate of Karger and Ruhl, Finding
        nearest neighbors in growth-restricted metrics, 2002. Where everything is about as far away, whatever goes from
        neighbour to neighbour has little to go by.

        Arguments:
            farthest: the distance.
            looked_at: postings that are within it.

        Returns:
            None where the metric has no distances, but products.
        """
        expected = looked_at * self.witnesses.rate
        if self.witnesses.metric is Metric.INNER_PRODUCT or expected <= 0:
            return None
        return float(np.count_nonzero(self.distances <= HARDLY * farthest)) / expected

    @cached_property
    def kinds(self) -> Sequence[int]:
        """The nearest witness of each kind nearby, nearest first; none if nobody can tell.

        Two witnesses are of different kinds if either is nearer to the query than to the other.
        """
        if self.witnesses.metric is not Metric.COSINE or not len(self.distances):
            return []
        distances, kinds, vectors = self.distances, list[int](), self.witnesses.vectors
        nearest = self._nearest[:NEIGHBOURS]
        for one in nearest:
            if distances[one] > APART * distances[nearest[0]] or len(kinds) == KINDS:
                break
            if all(1 - vectors[one] @ vectors[other] > max(distances[one], distances[other]) for other in kinds):
                kinds.append(one)
        return kinds

    def nearest_kinds(self, vectors: "Vectors") -> list[int]:
        """Return for each of some *vectors*, shape (count, dimensions), the number of the kind it is nearest to."""
        numbers: list[int] = np.argmax(vectors @ self.witnesses.vectors[list(self.kinds)].T, axis=1).tolist()
        return numbers

    def kinds_near(self, farthest: float) -> Sequence[int]:
        """Return those of the kinds that are hardly farther away than *farthest*."""
        return [kind for kind in self.kinds if self.distances[kind] <= BEYOND * farthest]

    def sides(self, found: Sequence[Found], filters: Filters) -> "list[Vector]":
        """Return from where else to look for what is nearest: towards each kind that may have been overlooked.

        A query for two things at once lies between postings of the one and of the other, and an index over a graph
        may find its way to but one of them.

        Arguments:
            found: the few nearest that were.
            filters: what was found had to pass.

        Returns:
            unit vectors between the query and a witness of each such kind; none if the index has been there.
        """
        missed = self._missed(self.kinds_near(found[-1].distance), found, filters)
        return [_towards(self.query, self.witnesses.vectors[kind]) for kind in missed]

    def _missed(self, kinds: Sequence[int], found: Sequence[Found], filters: Filters) -> Sequence[int]:
        """Return those *kinds* of which hardly any was found; if there is but one, unless its witness was.

        To look towards a kind of which several were found brings nothing that the others do not.
        """
        if len(kinds) == 1:
            return [] if filters or self._seen(kinds[0], found) else kinds
        counts = Counter(one.kind for one in found)
        return [kind for number, kind in enumerate(kinds) if counts[number] < SEVERAL]

    def _seen(self, witness: int, found: Sequence[Found]) -> bool:
        """Tell whether a witness was found, unless it is farther away; under filters it may have been left out."""
        distance = self.distances[witness]
        return bool(distance >= found[-1].distance) or any(abs(one.distance - distance) < SAME for one in found)

    def evenly(self, filters: Filters) -> bool:
        """Tell whether *filters* have nothing to do with what postings are about; or nobody can tell."""
        if not (self.witnesses.jobs and told(filters)):
            return True
        return self.witnesses.bond(filters).strength < LOOSE

    def share(self, filters: Filters, *, usual: float) -> float:
        """Return the share of those nearby that pass *filters*, as far as a short posting tells.

        Arguments:
            filters: the filters.
            usual: the share of all that pass, which is returned if there are not fewer nearby.
        """
        jobs, findable = self.witnesses.jobs, self.witnesses.findable
        asked = ceil(EXPECTED * findable / usual)
        if not (asked and jobs and told(filters)):
            return usual
        flags = self.witnesses.flags(filters)[self._nearest]
        passing = count(flags[:asked])
        # If so few should pass, it is no wonder if hardly any nearby do.
        if asked > min(MOST_ASKED, len(jobs)) or passing > ACCIDENT:
            return self._leaning(filters, count(flags[:NEIGHBOURS]), usual)
        # Where none of them passes there may still be others: as if it were half of one.
        return min(max(passing, 0.5) / asked * findable, usual)

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

    @cached_property
    def _nearest(self) -> Numbers:
        """All witnesses, nearest first."""
        return np.argsort(self.distances)


def _surely(farthest: float) -> float:
    """Return a distance that is less than *farthest* whatever was rounded off."""
    return farthest - ROUNDING * abs(farthest)


def _towards(query: "Vector", witness: "Vector") -> "Vector":
    between = query + TILT * witness
    tilted: Vector = between / np.linalg.norm(between)
    return tilted
