"""docs/model.md: the model as people look at it, one picture per domain, written from the mapped classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Table, UniqueConstraint
from sqlalchemy.orm import Mapper

from app.lineage import DECLARED, lineages
from models import Base
from models.base import BY_TABLE, Reference, View

HEAD = """# The model

{entities} entities in {domains} domains, {keys} foreign keys, one connected graph. This page is written from `models/`
by `agora schema model docs/model.md`; a test holds it to the code. Lines in the pictures are foreign keys: the fork is
on the side of the many, a circle says that there may be none. Arrows between domains count the foreign keys from one to
the other. Tables marked *monthly* are partitioned by the time in their ids; views are read-only.
"""


def document() -> str:
    """The whole page."""
    domains: dict[str, list[Mapper[Base]]] = {}
    for mapper in sorted(Base.registry.mappers, key=lambda mapper: mapper.class_.__name__):
        domains.setdefault(_table(mapper).schema or "", []).append(mapper)
    keys = sum(len(table.foreign_key_constraints) for table in Base.metadata.tables.values())
    head = HEAD.format(entities=len(Base.registry.mappers), domains=len(domains), keys=keys)
    parts = [head, "## The domains\n", _domains(), *(_domain(name, domains[name]) for name in sorted(domains))]
    return "\n".join([*parts, (DECLARED / "contradictions.md").read_text(encoding="utf-8")])


def _domains() -> str:
    counts: Counter[tuple[str, str]] = Counter()
    for table in Base.metadata.tables.values():
        for key in table.foreign_key_constraints:
            counts[table.schema or "", key.referred_table.schema or ""] += 1
    arrows = [f"    {one} -- {count} --> {other}" for (one, other), count in sorted(counts.items()) if one != other]
    return "\n".join(["```mermaid", "flowchart LR", *arrows, "```", ""])


def _domain(name: str, mappers: list[Mapper[Base]]) -> str:
    lines = [f"## {name}\n", "```mermaid", "erDiagram"]
    lines += [f"    {mapper.class_.__name__}" for mapper in mappers]
    lines += [line for mapper in mappers for line in _keys(name, mapper)]
    lines += ["```", "", "| Entity | What it is | Sources |", "|---|---|---|"]
    sources: dict[str, list[str]] = {}
    for lineage in lineages():
        sources.setdefault(lineage.entity, []).append(f"`{lineage.source}`")
    for mapper in mappers:
        entity = mapper.class_.__name__
        lines.append(f"| {entity} | {_meaning(mapper)} | {', '.join(sources.get(entity, []))} |")
    return "\n".join([*lines, "", *_elsewhere(name, mappers)])


def _meaning(mapper: Mapper[Base]) -> str:
    cls = mapper.class_
    doc = (cls.__doc__ or "").strip()
    if issubclass(cls, View):
        return f"{doc} *{'Materialized view' if cls.materialized else 'View'}.*"
    return f"{doc} *Monthly.*" if getattr(cls, "time_column", None) else doc


def _keys(domain: str, mapper: Mapper[Base]) -> Iterator[str]:
    """One line for each foreign key to an entity of the same domain."""
    table = _table(mapper)
    for key, target in _references(mapper):
        if target.__table__.schema == domain:
            near = "o|" if _is_unique(table, key.key) else "o{"
            far = "|o" if table.columns[key.key].nullable else "||"
            yield f'    {target.__name__} {far}--{near} {mapper.class_.__name__} : "{key.name}"'


def _elsewhere(domain: str, mappers: list[Mapper[Base]]) -> list[str]:
    """What refers to other domains, in words: a picture of it would be all lines."""
    found: dict[str, list[str]] = {}
    for mapper in mappers:
        for key, target in _references(mapper):
            if target.__table__.schema != domain and key.name not in ("created_by", "updated_by"):
                found.setdefault(target.__name__, []).append(f"{mapper.class_.__name__}.{key.name}")
    if not found:
        return []
    lines = [f"- {target}: {', '.join(sorted(names))}" for target, names in sorted(found.items())]
    return ["From here to other domains:", "", *lines, ""]


def _references(mapper: Mapper[Base]) -> list[tuple[Reference, type[Base]]]:
    """The foreign keys of its own table, each with the class that it leads to."""
    found = sorted(mapper.class_.references, key=lambda reference: reference.name)
    return [(reference, BY_TABLE[reference.target]) for reference in found]


def _is_unique(table: Table, column: str) -> bool:
    uniques = [key.columns.keys() for key in table.constraints if isinstance(key, UniqueConstraint)]
    indexes = [index.columns.keys() for index in table.indexes if index.unique]
    return [column] in (*uniques, *indexes)


def _table(mapper: Mapper[Base]) -> Table:
    table = mapper.local_table
    assert isinstance(table, Table)
    return table
