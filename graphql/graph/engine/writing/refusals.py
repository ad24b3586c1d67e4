"""One reason why something is not written."""

from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason: a code, the input field it is about, and a sentence that goes on from the field's name."""

    code: str
    field: str
    message: str
    index: int | None = None
    """Which of the given rows it is about, from 0, where several were given."""
    noted: bool = False
    """Whether the service keeps a security event of it, so that nobody else has to."""

    @property
    def sentence(self) -> str:
        """What a client reads."""
        return f"{self.field} {self.message}.".lstrip()


REFUSALS: ContextVar[tuple[str, ...]] = ContextVar("REFUSALS", default=())
"""The codes by which mutations of the operation at hand said that whoever asks may not do something."""

DENIALS = ("UNAUTHENTICATED", "FORBIDDEN")


def note_denials(refusals: Iterable[Refusal]) -> None:
    """Remember which of `refusals` say that somebody tried what they may not, for whoever keeps events of it."""
    if told := [one.code for one in refusals if one.code in DENIALS and not one.noted]:
        REFUSALS.set((*REFUSALS.get(), *told))
