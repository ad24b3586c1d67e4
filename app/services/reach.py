"""How far somebody reaches: the businesses whose rows of one kind they may read, and write."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Reach:
    """Of which businesses somebody may read rows, and write them; None: of all, and what is of none."""

    reads: frozenset[UUID] | None
    writes: frozenset[UUID] | None
    user: UUID | None = None
    """Who it is, if a person."""

    def may_read(self, business_id: UUID | None) -> bool:
        """Whether they may see rows of the business."""
        return self.reads is None or business_id in self.reads

    def may_write(self, business_id: UUID | None) -> bool:
        """Whether they may change them."""
        return self.writes is None or business_id in self.writes
