"""What people see of an answer while it is given: pieces in order, which are worth no row and may be lost.

Pieces end where sentences do, and a sentence is shown when the next begins: what a provider's filter stops is not shown
before. A draft that begins anew begins with the piece 0 again; whatever becomes of it, it ends with `isDone`, and what
counts is the message.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

Tell = Callable[[str, bytes], None]
"""Sends an ephemeral to whoever follows a topic; at most 4,096 bytes."""

PIECE = 900
"""Characters of a piece, each of which takes 4 bytes at most."""

WAITING = 2_000
"""Characters after which what has no end of a sentence is shown all the same."""

_END = re.compile(r"(?:[.!?…]['\"”»)]*\s+|\n+)(?=\S)")
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

KINDS = {"conversation": "ConversationAnswering", "chat": "ChatAnswering"}


@dataclass(slots=True)
class Draft:
    """The draft of one answer, told to those who follow `topic`; to nobody if that is None."""

    id: str
    topic: str | None
    tell: Tell
    is_held: bool = False
    """Whether nothing is shown before all of it is there."""
    _index: int = field(default=0, init=False)
    _kept: str = field(default="", init=False)
    _begun: bool = field(default=False, init=False)

    def hear(self, text: str) -> None:
        """Take a piece of the answer, and show the sentences that it ends."""
        self._kept += _UNSEEN.sub("", text)
        if self.is_held:
            return
        ends = [match.end() for match in _END.finditer(self._kept)]
        end = ends[-1] if ends else len(self._kept) if len(self._kept) > WAITING else 0
        ready, self._kept = self._kept[:end], self._kept[end:]
        self._show(ready)

    def rest(self) -> None:
        """Show what is left: all of it is there, and fit to be seen."""
        self._show(self._kept)
        self._kept = ""

    def renew(self) -> None:
        """Begin anew, with the piece 0."""
        self._index, self._kept = 0, ""

    def done(self) -> None:
        """Show no more: the answer is there, or there is none."""
        if self._begun:
            self._send("", True)
        self.renew()
        self._begun = False

    def _show(self, text: str) -> None:
        for start in range(0, len(text), PIECE):
            self._send(text[start : start + PIECE], False)

    def _send(self, text: str, is_done: bool) -> None:
        if self.topic is None:
            return
        values: dict[str, Any] = {"draftId": self.id, "index": self._index, "text": text, "isDone": is_done}
        kind = KINDS[self.topic.partition(":")[0]]
        self.tell(self.topic, orjson.dumps({"type": kind, "for": "all", "values": values}))
        self._index, self._begun = self._index + 1, True
