"""Rules for examples of what is hidden: anonymous viewers see the public part, admins see everything."""

from typing import Any

from sqlalchemy import case

from graph.access import Rules
from graph.access.rules import RuleFor
from graph.engine.access import Rule, Viewer

HIDDEN = "secret"
"""What a row is called that only admins see, and what a value looks like that only admins read."""


def _but_for_admins(rule: Rule) -> RuleFor:
    return lambda viewer: None if viewer.kind == "admin" else rule


def _row(column: str) -> RuleFor:
    """Rows whose `column` says that they are secret are hidden."""
    return _but_for_admins(lambda row: row.c[column].is_distinct_from(HIDDEN))


def _column(column: str) -> RuleFor:
    """Of jobs only `column` of those for a budget in USD is seen."""
    return _but_for_admins(lambda row: case((row.c.currency == "USD", row.c[column])))


def _never(viewer: Viewer) -> Any:
    return None if viewer.kind == "admin" else lambda row: row.c.id.is_(None)


RULES = Rules(
    rows={
        "Application": _row("cover_letter"),
        "Job": _row("location"),
        "Category": _row("icon"),
        "CategoryProduct": _but_for_admins(lambda row: row.c.position < 100),
        "Product": _row("brand"),
        "Domain": _row("description"),
        "Agent": _row("release"),
    },
    columns={
        ("Job", name): _column(name) for name in ("title", "description", "budget", "category", "deadline", "skills")
    },
)
