"""How a service says no: every reason at once, each with the field it is about."""

from collections.abc import Sequence

from graph.engine.writing.refusals import Refusal

__all__ = ["Refusal", "Refused", "check"]


class Refused(Exception):
    """The service does nothing, for these reasons."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__()
        self.refusals = tuple(refusals)


def check(refusals: Sequence[Refusal]) -> None:
    """Raise Refused if there is any reason to."""
    if refusals:
        raise Refused(refusals)
