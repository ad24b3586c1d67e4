"""What is against rows of a batch: all are counted, the first are told."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from graph.engine.writing.refusals import Refusal

MOST = 100
"""How many reasons are told."""


@dataclass(slots=True)
class Faults:
    """What was found so far."""

    told: list[Refusal] = field(default_factory=list)
    refused: set[int] = field(default_factory=set)
    """Places of the rows that something is against."""

    def note(self, place: int, name: str, message: str, code: str = "BAD_USER_INPUT") -> None:
        """Something is against the field `name` of the row at `place`."""
        self.note_all(place, [(name, message)], code)

    def note_all(self, place: int, reasons: Iterable[tuple[str, str]], code: str = "BAD_USER_INPUT") -> None:
        """The same for several reasons, which are not looked for once enough are told."""
        self.refused.add(place)
        for name, message in reasons if len(self.told) < MOST else ():
            self.told.append(Refusal(code, name, message, index=place))
            if len(self.told) == MOST:
                break

    @property
    def refusals(self) -> list[Refusal]:
        """Those that are told, row by row."""
        return sorted(self.told, key=lambda refusal: refusal.index or 0)
