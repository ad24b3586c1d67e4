"""The kinds of viewers, and what is known of each: what a policy can use. Who asks is found out elsewhere."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from graph.engine.access import Viewer

ANONYMOUS, VISITOR, USER, MEMBER, KEY, ADMIN = "anonymous", "visitor", "user", "member", "key", "admin"
"""A USER belongs to no business, a MEMBER to at least one. A KEY's kind goes on with its scopes."""

ROLES = ("VIEWER", "STAFF", "MANAGER", "OWNER")
"""Roles of members, each of which may read what those before it may."""


def visitor(id_: UUID, *, chat: UUID) -> Viewer:
    """A browser in a live chat, which sees no other chat of the same visitor."""
    return Viewer(VISITOR, {"visitor": id_, "chat": chat})


def person(
    id_: UUID, *, roles: Mapping[UUID, str], customers: Iterable[UUID] = (), shops: Iterable[UUID] = ()
) -> Viewer:
    """Somebody who signed in: the role in each business, the person's Customer rows and the businesses of those."""
    own = {"user": id_, "customers": list(customers), "shops": list(shops)}
    if not roles:
        return Viewer(USER, own)
    held = {role.lower(): [key for key, given in roles.items() if _covers(given, role)] for role in ROLES}
    return Viewer(MEMBER, own | held)


def _covers(given: str, role: str) -> bool:
    return ROLES.index(given) >= ROLES.index(role)


def key(business: UUID, scopes: Iterable[str]) -> Viewer:
    """A program that acts for `business`."""
    return Viewer(f"{KEY} {' '.join(sorted(set(scopes)))}", {"business": business})


def scopes_of(kind: str) -> frozenset[str]:
    """The scopes of a key, by its viewer's kind."""
    return frozenset(kind.split()[1:])
