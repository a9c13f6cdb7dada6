"""Weighted choice at the price of one index: a deck holds each card as often as its weight says."""

from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from typing import TypeVar

Card = TypeVar("Card")


def deck(weighted: Iterable[tuple[Card, int]]) -> tuple[Card, ...]:
    return tuple(card for card, weight in weighted for _ in range(weight))


def shares(weights: Sequence[int], total: int) -> list[int]:
    """Split `total` into whole parts by weight; the parts add up to it exactly."""
    whole = sum(weights)
    bounds = [0, *(total * reached // whole for reached in accumulate(weights))]
    return [after - before for before, after in pairwise(bounds)]
