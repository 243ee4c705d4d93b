"""How a form is put together: how many questions of each objective, which ones, in what order."""

import hashlib
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TypeVar

T = TypeVar("T")


def apportion(weights: Mapping[T, Fraction], count: int) -> dict[T, int]:
    """*count* shared out by *weights*, by largest remainders: the sum is *count*, always.

    Of equal remainders the first counts. Weights need not sum to anything, but to more than 0.
    """
    total = sum(weights.values(), start=Fraction(0))
    shares = {name: weight * count / total for name, weight in weights.items()}
    seats = {name: int(share) for name, share in shares.items()}
    left = count - sum(seats.values())
    by_remainder = sorted(shares, key=lambda name: seats[name] - shares[name])
    for name in by_remainder[:left]:
        seats[name] += 1
    return seats


def shuffled(things: Sequence[T], seed: str) -> tuple[T, ...]:
    """*things* in an order that *seed* alone decides, each order as likely as any other."""
    places = sorted(
        range(len(things)),
        key=lambda place: hashlib.sha256(f"{seed}:{place}".encode()).digest(),
    )
    return tuple(things[place] for place in places)
