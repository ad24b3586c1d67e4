"""What is drawn when an operation is made up; Hypothesis throws the dice, so that it can throw less."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")
Draw = Callable[[st.SearchStrategy[Any]], Any]


@cache
def _below(bound: int) -> st.SearchStrategy[int]:
    return st.integers(0, bound - 1)


@dataclass(frozen=True, slots=True)
class Dice:
    """Draws numbers, and what can be had by them. What is simplest comes first, as Hypothesis expects."""

    draw: Draw

    def below(self, bound: int) -> int:
        """A number from 0, less than `bound`."""
        return int(self.draw(_below(bound))) if bound > 1 else 0

    def chance(self, percent: int) -> bool:
        """True so many times in a hundred."""
        return self.below(100) >= 100 - percent

    def one_of(self, items: Sequence[T]) -> T:
        """One of `items`."""
        return items[self.below(len(items))]

    def some_of(self, items: Sequence[T], least: int, most: int) -> list[T]:
        """From `least` to `most` of `items`, each at most once."""
        pool = list(items)
        count = min(least + self.below(most - least + 1), len(pool))
        return [pool.pop(self.below(len(pool))) for _ in range(count)]
