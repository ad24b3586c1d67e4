"""Where every column of the five source schemas went: read from the declarations beside the models."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import models

DECLARED = Path(models.__file__).parent / "lineage"


@dataclass(frozen=True, slots=True)
class Lineage:
    """A source table: the entity that carries it, and for each of its columns where it went or why it did not."""

    source: str
    entity: str
    columns: dict[str, str]
    """By the source's column: this entity's column, or "Entity.column" of another."""
    left_out: dict[str, str]
    """By the source's column: the reason."""


def lineages() -> list[Lineage]:
    """All source tables, in alphabetical order."""
    files = sorted(DECLARED.glob("*.toml"))
    declared = {
        source: given for file in files for source, given in tomllib.loads(file.read_text(encoding="utf-8")).items()
    }
    return [_lineage(source, given) for source, given in sorted(declared.items())]


def as_json(lineages: list[Lineage]) -> dict[str, Any]:
    """The form in which programs read it."""
    return {
        lineage.source: {"entity": lineage.entity, "columns": lineage.columns, "left_out": lineage.left_out}
        for lineage in lineages
    }


def as_table(lineages: list[Lineage]) -> str:
    """The form in which people read it."""
    rows = [("SOURCE", "ENTITY", "COLUMNS"), *((line.source, line.entity, _summary(line)) for line in lineages)]
    widths = [max(len(row[i]) for row in rows) for i in (0, 1)]
    return "\n".join(f"{source:<{widths[0]}}  {entity:<{widths[1]}}  {rest}".rstrip() for source, entity, rest in rows)


def _summary(lineage: Lineage) -> str:
    if not lineage.columns and not lineage.left_out:
        return "the source names none"
    moved = [f"{old} -> {new}" for old, new in lineage.columns.items() if old != new]
    gone = [f"{column} left out: {reason}" for column, reason in lineage.left_out.items()]
    kept = len(lineage.columns) - len(moved)
    return "; ".join([f"{kept} kept", *moved, *gone])


def _lineage(source: str, given: dict[str, Any]) -> Lineage:
    columns = {name: name for name in given.get("kept", [])} | given.get("renamed", {})
    return Lineage(source, given["entity"], columns, given.get("left_out", {}))
