"""One reason why something is not written."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason: a code, the input field it is about, and a sentence that goes on from the field's name."""

    code: str
    field: str
    message: str
    index: int | None = None
    """Which of the given rows it is about, from 0, where several were given."""
