"""What is drawn when an operation is made up, and how made-up cases are numbered.

A number makes the same case in every run and on every machine, so a failure is repeated by its number alone.
"""

import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

import pytest

T = TypeVar("T")

AT_ONCE = 20
"""Cases of one test: few enough that the workers share them evenly."""


@dataclass(frozen=True, slots=True)
class Dice:
    """Draws numbers, and what can be had by them."""

    random: Random

    def below(self, bound: int) -> int:
        """A number from 0, less than `bound`."""
        return self.random.randrange(bound) if bound > 1 else 0

    def chance(self, percent: int) -> bool:
        """True so many times in a hundred."""
        return self.below(100) < percent

    def one_of(self, items: Sequence[T]) -> T:
        """One of `items`."""
        return items[self.below(len(items))]

    def some_of(self, items: Sequence[T], least: int, most: int) -> list[T]:
        """From `least` to `most` of `items`, each at most once."""
        pool = list(items)
        count = min(least + self.below(most - least + 1), len(pool))
        return [pool.pop(self.below(len(pool))) for _ in range(count)]


def numbers(count: int) -> pytest.MarkDecorator:
    """The argument `numbers` of a test: those of `count` cases, in parts."""
    parts = [range(first, min(first + AT_ONCE, count)) for first in range(0, count, AT_ONCE)]
    return pytest.mark.parametrize("numbers", parts, ids=lambda part: f"{part[0]}-{part[-1]}")


def examples(count: int) -> int:
    """How many cases the long tests try: `count`, or what AGORA_EXAMPLES says."""
    return int(os.environ.get("AGORA_EXAMPLES", count))


async def each(numbers: Sequence[int], try_: Callable[[Dice], Awaitable[None]]) -> None:
    """Try the cases of these numbers; the one that fails is named."""
    for number in numbers:
        try:
            await try_(Dice(Random(number)))
        except Exception as error:
            error.add_note(f"Case number {number}: each([{number}], …) tries it alone.")
            raise
