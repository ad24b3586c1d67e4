"""How a service says no: every reason at once, each with the field it is about."""

from collections.abc import Sequence
from typing import NoReturn

from graph.engine.writing.refusals import Refusal

__all__ = ["Refusal", "Refused", "check", "conflict", "missing", "only"]


class Refused(Exception):
    """The service does nothing, for these reasons."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__()
        self.refusals = tuple(refusals)


def check(refusals: Sequence[Refusal]) -> None:
    """Raise Refused if there is any reason to."""
    if refusals:
        raise Refused(refusals)


def missing(field: str, noun: str) -> NoReturn:
    """Refuse, because there is no such row for whoever asks."""
    raise Refused([Refusal("NOT_FOUND", field, f"names no {noun}")])


def only(allowed: bool, field: str, who: str) -> None:
    """Raise Refused, about `field`, unless it is `allowed`; `who` may do it."""
    if not allowed:
        raise Refused([Refusal("FORBIDDEN", field, f"is for {who} alone")])


def conflict(field: str, message: str) -> NoReturn:
    """Refuse, because of how things stand."""
    raise Refused([Refusal("CONFLICT", field, message)])
