"""What can be done with a thing in each state, and to which state that leads: the form of the tables in `states.py`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.services.refusals import Refusal, Refused

Status = TypeVar("Status", bound=str)
Step = TypeVar("Step", bound=str)


@dataclass(frozen=True, slots=True)
class Workflow(Generic[Status, Step]):
    """What becomes of the rows of an entity: by which step from which state to which."""

    noun: str
    """What a refusal calls a row."""
    begins: Status
    steps: Mapping[tuple[Status, Step], Status]

    def after(self, status: Status, step: Step, field: str = "id") -> Status:
        """The state that `step` leads to. Raises Refused, about `field`, where it cannot be done."""
        if (status, step) not in self.steps:
            raise Refused([self.conflict(status, step, field)])
        return self.steps[status, step]

    def conflict(self, status: Status, step: Step, field: str = "id") -> Refusal:
        """That `step` cannot be done, and what can."""
        possible = ", ".join(_spoken(other) for given, other in self.steps if given == status) or "nothing"
        names = f"names {self.noun} that is {status}"
        return Refusal("CONFLICT", field, f"{names}: {_spoken(step)} is not possible, only {possible}")

    def before(self, step: Step) -> tuple[Status, ...]:
        """The states in which `step` can be done."""
        return tuple(status for status, possible in self.steps if possible == step)

    def leads_to(self, step: Step) -> Status:
        """The one state that `step` leads to, wherever it is done."""
        (status,) = {after for (_, possible), after in self.steps.items() if possible == step}
        return status


def _spoken(step: str) -> str:
    return step.replace("_", " ")
