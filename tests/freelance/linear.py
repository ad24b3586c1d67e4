"""Whether what clients saw at the same time can have been done one after the other.

J. M. Wing and C. Gong, "Testing and verifying concurrent objects" (Journal of Parallel and Distributed Computing 17,
1993), search for an order of the operations that respects real time and in which a model answers each as it was
answered. G. Lowe, "Testing for linearizability" (Concurrency and Computation: Practice and Experience 29, 2017),
remembers where the search was already: the set of operations done and the state they led to. M. Herlihy and J. Wing,
"Linearizability" (TOPLAS 12, 1990), allow to look at each object by itself. What leaves a state as it is never has to
wait for another of its kind, so it is put into the order as soon as it fits, and only what changes states is tried
both ways.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

State = TypeVar("State", bound=Hashable)
Apply = Callable[[State, Any, Any], tuple[State, str]]


@dataclass(frozen=True, slots=True)
class Operation:
    """What somebody did between two moments, and what was answered."""

    start: int
    end: int
    who: Any
    step: Any
    result: str

    def __str__(self) -> str:
        return f"[{self.start}, {self.end}] {self.who}: {self.step} -> {self.result}"


class NotLinearizable(AssertionError):
    """No order of the operations explains what was answered and what there is at the end."""


@dataclass(frozen=True, slots=True)
class Point(Generic[State]):
    """Somewhere in the search: the operations in the order so far, which they are, and where they led."""

    order: tuple[Operation, ...]
    done: int
    """A bit for each operation, by its place in the history."""
    state: State


@dataclass(frozen=True, slots=True)
class Search(Generic[State]):
    """A history, sorted by starts, and the model that is to explain it."""

    history: Sequence[Operation]
    apply: Apply[State]

    def next(self, done: int) -> Iterator[int]:
        """The places of the operations that can come next: each began before any that is not done ended."""
        left = [place for place in range(len(self.history)) if not done >> place & 1]
        first_end = min((self.history[place].end for place in left), default=0)
        return (place for place in left if self.history[place].start <= first_end)

    def settled(self, point: Point[State]) -> Point[State]:
        """The point after all operations that fit here and leave the state as it is."""
        while True:
            for place in self.next(point.done):
                operation = self.history[place]
                if self.apply(point.state, operation.who, operation.step) == (point.state, operation.result):
                    point = Point((*point.order, operation), point.done | 1 << place, point.state)
                    break
            else:
                return point

    def onward(self, point: Point[State]) -> Iterator[Point[State]]:
        """The points after each operation that fits here and changes the state."""
        for place in self.next(point.done):
            operation = self.history[place]
            state, result = self.apply(point.state, operation.who, operation.step)
            if result == operation.result and state != point.state:
                yield self.settled(Point((*point.order, operation), point.done | 1 << place, state))


def linearized(
    history: Sequence[Operation], initial: State, apply: Apply[State], is_end: Callable[[State], bool]
) -> tuple[Operation, ...]:
    """The operations of one object in an order that explains them, and leads to a state that `is_end`.

    An operation comes before another if it ended before that began. Raises NotLinearizable, and says how far it came.
    """
    search = Search(sorted(history, key=lambda one: one.start), apply)
    ends = [search.settled(Point((), 0, initial))]
    seen, furthest = {(ends[0].done, ends[0].state)}, ends[0]
    while ends:
        point = ends.pop()
        furthest = max(furthest, point, key=lambda one: len(one.order))
        if len(point.order) == len(history) and is_end(point.state):
            return point.order
        for further in search.onward(point):
            if (key := (further.done, further.state)) not in seen:
                seen.add(key)
                ends.append(further)
    raise NotLinearizable(_told(search, furthest))


def _told(search: Search[State], point: Point[State]) -> str:
    """How far the search came, and what the model would have answered there."""
    candidates = [search.history[place] for place in search.next(point.done)]
    answers = [f"  {one}, but by the model {search.apply(point.state, one.who, one.step)[1]}" for one in candidates]
    done = [f"  {one}" for one in point.order]
    if not candidates:
        answers = ["  nothing, but what there is at the end is something else"]
    return "\n".join(["after", *done, f"where the state is {point.state}", "could come", *answers])
