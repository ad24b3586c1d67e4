"""How a service says no: every reason at once, each with the field it is about."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason: a code, the input field it is about, and a sentence that goes on from the field's name."""

    code: str
    field: str
    message: str
    noted: bool = False
    """Whether the service keeps a security event of it, so that nobody else has to."""


class Refused(Exception):
    """The service does nothing, for these reasons."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__()
        self.refusals = tuple(refusals)


def check(refusals: Sequence[Refusal]) -> None:
    """Raise Refused if there is any reason to."""
    if refusals:
        raise Refused(refusals)
