"""Who does something in a live chat, and what they may see of it.

What is hidden from somebody is missing for them. Who sees what is decided by the policies in `graph.access`; here the
same is said once more for a chat that is at hand and locked, and a test holds the two together.
"""

from dataclasses import dataclass
from uuid import UUID

from app.services.refusals import Refusal, Refused
from graph.access.policy import is_named
from graph.access.viewers import ADMIN, KEY, VISITOR, scopes_of
from graph.engine.access import Viewer
from models import Base
from models.chat import ChatSession

SESSIONS = Base.metadata.tables["chat.chat_sessions"]

NOBODY = Refusal("UNAUTHENTICATED", "", "Sign in, or show the token of the chat")


@dataclass(frozen=True, slots=True)
class Actor:
    """A visitor by the token of one chat, somebody who signed in, or a program."""

    user: UUID | None = None
    visitor: UUID | None = None
    chat: UUID | None = None
    """The one chat that a visitor's token opens."""
    customers: frozenset[UUID] = frozenset()
    """The Customer rows of somebody who signed in."""
    ai_agent: UUID | None = None
    """As which AI agent a program speaks."""
    is_administrator: bool = False
    staff: frozenset[UUID] = frozenset()
    """The businesses where they are STAFF or more, or whose program it is."""
    managers: frozenset[UUID] = frozenset()
    """Those where they are MANAGER or more."""

    @classmethod
    def of(cls, viewer: Viewer) -> "Actor":
        """Who acts if `viewer` does. Raises Refused if nobody is known."""
        given = viewer.params
        if viewer.kind == VISITOR:
            return cls(visitor=given["visitor"], chat=given["chat"])
        if viewer.kind.startswith(KEY):
            own = frozenset([given["business"]] if is_named(SESSIONS, scopes_of(viewer.kind), writing=True) else ())
            return cls(ai_agent=given.get("agent"), staff=own)
        if given.get("user") is None:
            raise Refused([NOBODY])
        return cls(
            user=given["user"],
            customers=frozenset(given.get("customers", ())),
            is_administrator=viewer.kind == ADMIN,
            staff=frozenset(given.get("staff", ())),
            managers=frozenset(given.get("manager", ())),
        )

    def serves(self, business_id: UUID) -> bool:
        """Whether they answer the chats of the business: they are staff there, or administer the platform."""
        return self.is_administrator or business_id in self.staff

    def manages(self, business_id: UUID) -> bool:
        """Whether they manage the business, or administer the platform."""
        return self.is_administrator or business_id in self.managers

    def visits(self, chat: ChatSession, customer_id: UUID | None = None) -> bool:
        """Whether it is their chat: by its token, or as the customer `customer_id` that its visitor is."""
        if self.chat is not None:
            return chat.id == self.chat
        return customer_id is not None and customer_id in self.customers
