"""The plan cache: bounded in bytes, and what was seen but once makes room before what was seen twice."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Generic, TypeVar

from graph.engine.asking.operands import Asker, Question, Variables
from graph.engine.running.run import Executable

T = TypeVar("T")


@dataclass(slots=True)
class _Branch:
    question: Question
    answers: "dict[Hashable, _Branch | Executable]" = field(default_factory=dict)


@dataclass(slots=True)
class PlanTree:
    """The plans of one operation, found by asking the questions that the planner asked, in its order.

    The planner is deterministic, so equal answers so far mean the same next question: a decision tree.
    """

    root: _Branch | Executable | None = None
    plans: int = 0

    def find(self, variables: Variables) -> Executable | None:
        """The plan for these variables, if there is one."""
        node = self.root
        while isinstance(node, _Branch):
            node = node.answers.get(node.question.answer(variables))
        return node

    def add(self, asker: Asker, plan: Executable) -> None:
        """Keep `plan` under the questions and answers that `asker` noted."""
        self.plans += 1
        trail = list(asker.trail.items())
        if not trail:
            self.root = plan
            return
        if self.root is None:
            self.root = _Branch(trail[0][0])
        node = self.root
        for (_, answer), (question, _) in pairwise(trail):
            assert isinstance(node, _Branch)
            child = node.answers.setdefault(answer, _Branch(question))
            node = child
        assert isinstance(node, _Branch)
        node.answers[trail[-1][1]] = plan


@dataclass(slots=True)
class _Slot(Generic[T]):
    value: T
    weight: int


class TwiceSeen(Generic[T]):
    """A least-recently-used cache of at most `limit` bytes in two parts.

    New entries live in the first part, a fifth of it; the second look moves them to the other. A flood of new
    documents can therefore never push out those in use.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._once: OrderedDict[str, _Slot[T]] = OrderedDict()
        self._often: OrderedDict[str, _Slot[T]] = OrderedDict()
        self._weights = {id(self._once): 0, id(self._often): 0}

    def __len__(self) -> int:
        return len(self._once) + len(self._often)

    @property
    def weight(self) -> int:
        """Bytes kept, as far as they were told."""
        return sum(self._weights.values())

    def get(self, key: str) -> T | None:
        """What is kept under `key`."""
        if (slot := self._often.get(key)) is not None:
            self._often.move_to_end(key)
            return slot.value
        if key not in self._once:
            return None
        slot = self._once.pop(key)
        self._weights[id(self._once)] -= slot.weight
        self._put(self._often, key, slot)
        return slot.value

    def add(self, key: str, value: T, weight: int) -> None:
        """Keep `value`, which weighs about `weight` bytes."""
        self._put(self._once, key, _Slot(value, weight))

    def grow(self, key: str, weight: int) -> None:
        """What is kept under `key` became heavier by `weight`."""
        for part in (self._often, self._once):
            if key in part:
                part[key].weight += weight
                self._weights[id(part)] += weight
                self._trim(part)

    def _put(self, part: OrderedDict[str, _Slot[T]], key: str, slot: _Slot[T]) -> None:
        part[key] = slot
        self._weights[id(part)] += slot.weight
        self._trim(part)

    def _trim(self, part: OrderedDict[str, _Slot[T]]) -> None:
        limit = self.limit // 5 if part is self._once else self.limit - self.limit // 5
        while part and self._weights[id(part)] > limit:
            self._weights[id(part)] -= part.popitem(last=False)[1].weight
