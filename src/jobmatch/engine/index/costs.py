"""What searching costs on this machine and these data, fitted to measured durations.

By the estimator of Theil and Sen: of all lines through two of the points, the one of median slope, with the median
intercept. Where filters happen to suit a query, or another process takes the machine for a moment, durations are far
off, and up to three in ten such points leave the line where it is. A duration is off by a part of itself: so for the
intercept the short ones count for more, or a second's hundredth would be taken for the cost of nothing.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from jobmatch.model import Costs

#: Times the least count that the greatest has to be. What lies closer together tells no slope, only when the machine
#: was busy.
SPREAD = 10.0
#: Milliseconds below which durations count the same.
SHORTEST = 0.1
Numbers: TypeAlias = NDArray[np.float64]


@frozen
class Observation:
    """A duration.

    Arguments:
        count: rows compared or postings visited, as the planner estimates them.
        milliseconds: how long it took.
        read: rows that a search by the index read beside, as the planner estimates them.
    """

    count: float
    milliseconds: float
    read: float = 0.0


def spread(observations: Sequence[Observation]) -> bool:
    """Tell whether a line can be laid through them."""
    counts = [max(one.count, 1) for one in observations]
    return bool(counts) and max(counts) >= SPREAD * min(counts)


def fit(observations: Sequence[Observation]) -> tuple[float, float]:
    """Return what a search costs that counts nothing, at least 0, and what each one counted costs, milliseconds.

    Where they tell no slope, or one that falls, each costs its part: a line through nothing.

    Arguments:
        observations: one at least.
    """
    counts = np.array([one.count for one in observations], dtype=np.float64)
    times = np.array([one.milliseconds for one in observations], dtype=np.float64)
    first, second = np.triu_indices(len(counts), k=1)
    steps = counts[second] - counts[first]
    apart = steps != 0
    slopes = (times[second] - times[first])[apart] / steps[apart]
    each = float(np.median(slopes)) if spread(observations) else 0.0
    if each <= 0:
        return 0.0, float(np.median(times / np.maximum(counts, 1)))
    return max(_median(times - each * counts, 1 / np.maximum(times, SHORTEST)), 0.0), each


def _median(values: Numbers, weights: Numbers) -> float:
    """Return the value at which half of the weight is reached."""
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(reached, reached[-1] / 2)])


def costs(exact: Sequence[Observation], index: Sequence[Observation]) -> Costs:
    """Return the costs of both ways.

    Arguments:
        exact: of searches that compared every row that passes.
        index: of searches by the index.
    """
    exact_base, exact_row = fit(exact)
    index_base, index_visit = fit([_unread(one, exact_row) for one in index])
    return Costs(exact=exact_base, exact_row=exact_row, index=index_base, index_visit=index_visit)


def _unread(one: Observation, exact_row: float) -> Observation:
    """Return it without what its reading cost, as much as an exact search pays for a row."""
    return Observation(one.count, max(one.milliseconds - exact_row * one.read, 0.0))
