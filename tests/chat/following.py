"""A client that follows a chat: it keeps what it once read, and what entries of the log tell it since.

What an entry tells: its `session`, `message` and `actor` as they are now, and in its payload what it does to other
rows: messages that were read, and people who left as the chat ended.
"""

from typing import Any

from graph.engine.access import Viewer
from tests.chat.chats import Chat, Chats

SESSION = (
    "id status subject language tags priority endReason satisfactionRating feedback messageCount noteCount startedAt "
    "queuedAt wantedSkill offeredAt assignedAt firstResponseAt endedAt ratedAt lastActivityAt updatedAt "
    "assignedAgent { name } aiAgent { name }"
)
MESSAGE = (
    "id type content isInternal senderType senderName attachmentUrl attachmentName editedAt redactedAt readAt "
    "sender { id }"
)
PARTICIPANT = "id type name isInternal joinedAt leftAt lastReadSeq lastReadAt"

FRESH = f"""
query($id: ID!) {{ chatSession(id: $id) {{
    {SESSION} visitorSeq staffSeq
    messages(first: 100) {{ totalCount nodes {{ {MESSAGE} }} }}
    participants(first: 100) {{ totalCount nodes {{ {PARTICIPANT} }} }} }} }}
"""

ENTRIES = f"""
query($id: ID!, $after: BigInt!) {{ chatSession(id: $id) {{
    events(first: PAGE, filter: {{NUMBER: {{gt: $after}}}}, orderBy: [{{NUMBER: ASC}}]) {{ nodes {{
        number: NUMBER type actorType payload
        session {{ {SESSION} }} message {{ {MESSAGE} }} actor {{ {PARTICIPANT} }} }} }} }} }}
"""

PAGE = 100
"""Entries that are asked for at once."""

State = dict[str, Any]


async def fresh(chats: Chats, viewer: Viewer, chat: Chat) -> State:
    """What somebody sees of a chat now."""
    found = (await chats.ask(viewer, FRESH, id=chat.id))["data"]["chatSession"]
    rows = {name: found.pop(name) for name in ("messages", "participants")}
    assert all(len(page["nodes"]) == page["totalCount"] for page in rows.values())
    kept = {name: {row["id"]: row for row in page["nodes"]} for name, page in rows.items()}
    visitor_seq, staff_seq = found.pop("visitorSeq"), found.pop("staffSeq")
    return {**kept, "session": found, "seq": int(staff_seq or visitor_seq)}


class Follower:
    """Somebody who read the chat once, and follows its log from there."""

    def __init__(self, chats: Chats, viewer: Viewer, chat: Chat, state: State) -> None:
        self.chats, self.viewer, self.chat, self.state = chats, viewer, chat, state
        self.number = "staffSeq" if viewer is not chat.visitor else "visitorSeq"

    async def catch_up(self) -> None:
        """Apply the entries since the last one, of which none may be missing."""
        while len(await self._entries()) == PAGE:
            pass

    async def _entries(self) -> list[Any]:
        """Apply the next entries, as many as come at once."""
        asked = ENTRIES.replace("NUMBER", self.number).replace("PAGE", str(PAGE))
        found = await self.chats.ask(self.viewer, asked, id=self.chat.id, after=str(self.state["seq"]))
        entries: list[Any] = found["data"]["chatSession"]["events"]["nodes"]
        for entry in entries:
            assert int(entry["number"]) == self.state["seq"] + 1, "a gap"
            apply(self.state, entry)
        return entries

    async def check(self) -> None:
        """What is kept equals what there is."""
        there = await fresh(self.chats, self.viewer, self.chat)
        assert self.state == there, f"{self.number}: {self.state} is not {there}"


def apply(state: State, entry: Any) -> None:
    """Do with what is kept as an entry tells."""
    state["seq"] += 1
    state["session"] = entry["session"]
    for name, row in (("messages", entry["message"]), ("participants", entry["actor"])):
        if row is not None:
            state[name][row["id"]] = row
    match entry["type"]:
        case "MESSAGES_READ":
            _read(state, entry)
        case "ENDED" | "ABANDONED":
            for one in state["participants"].values():
                if one["type"] != "VISITOR" and one["leftAt"] is None:
                    one["leftAt"] = entry["payload"]["endedAt"]


def _read(state: State, entry: Any) -> None:
    """The other side read up to a message; the ids of messages are in their order."""
    up_to, at = entry["payload"]["upTo"], entry["payload"]["readAt"]
    is_visitor = entry["actorType"] == "VISITOR"
    for one in state["messages"].values():
        others = (one["senderType"] == "VISITOR") is not is_visitor
        if up_to is not None and others and not one["isInternal"] and one["readAt"] is None and one["id"] <= up_to:
            one["readAt"] = at
