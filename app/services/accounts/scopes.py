"""What a key can be allowed to do: to read or write one list, one domain, or all that its business may."""

from functools import cache

from app.services.refusals import Refusal
from models import Base

EVERYTHING = "*"
VERBS = ("read", "write")
TOLD = 100
"""Characters of a wrong scope that are told back."""


@cache
def nouns() -> frozenset[str]:
    """The names of all lists and of all domains, as the tables and schemas of the model are called."""
    tables = [mapper.local_table for mapper in Base.registry.mappers]
    return frozenset(
        str(name) for table in tables for name in (getattr(table, "name", ""), getattr(table, "schema", ""))
    )


def is_scope(text: str) -> bool:
    """Whether `text` is a scope, like orders:read."""
    noun, _, verb = text.partition(":")
    return text == EVERYTHING or (verb in VERBS and noun in nouns())


def check_scopes(scopes: list[str]) -> list[Refusal]:
    """What is wrong with the scopes for a key."""
    if not scopes:
        return [Refusal("BAD_USER_INPUT", "scopes", "must name at least one")]
    wrong = next((scope for scope in scopes if not is_scope(scope)), None)
    if wrong is None:
        return []
    form = "a list or domain with :read or :write, like orders:read, or *"
    return [Refusal("BAD_USER_INPUT", "scopes", f'must each be {form}; "{wrong[:TOLD]}" is not')]
