"""docs/model.md: the model as people look at it, one picture per domain, written from the mapped classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Table, UniqueConstraint
from sqlalchemy.orm import Mapper, RelationshipProperty

from app.lineage import DECLARED, lineages
from models import Base
from models.base import View

HEAD = """# The model

{entities} entities in {domains} domains, {keys} foreign keys, one connected graph. This page is written from `models/`
by `agora schema model docs/model.md`; a test holds it to the code. Lines in the pictures are foreign keys: the fork is
on the side of the many, a circle says that there may be none. Arrows between domains count the foreign keys from one to
the other. Tables marked *monthly* are partitioned by the time in their ids; views are read-only.
"""


def document() -> str:
    """The whole page."""
    domains: dict[str, list[Mapper[object]]] = {}
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


def _domain(name: str, mappers: list[Mapper[object]]) -> str:
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


def _meaning(mapper: Mapper[object]) -> str:
    cls = mapper.class_
    doc = (cls.__doc__ or "").strip()
    if issubclass(cls, View):
        return f"{doc} *{'Materialized view' if cls.materialized else 'View'}.*"
    return f"{doc} *Monthly.*" if getattr(cls, "time_column", None) else doc


def _keys(domain: str, mapper: Mapper[object]) -> Iterator[str]:
    """One line for each foreign key to an entity of the same domain."""
    for relation in _references(mapper):
        if _table(relation.mapper).schema == domain:
            (column,) = relation.local_columns
            near = "o|" if _is_unique(_table(mapper), column.name) else "o{"
            far = "|o" if column.nullable else "||"
            yield f'    {relation.mapper.class_.__name__} {far}--{near} {mapper.class_.__name__} : "{relation.key}"'


def _elsewhere(domain: str, mappers: list[Mapper[object]]) -> list[str]:
    """What refers to other domains, in words: a picture of it would be all lines."""
    found: dict[str, list[str]] = {}
    for mapper in mappers:
        for relation in _references(mapper):
            target = relation.mapper
            if _table(target).schema != domain and relation.key not in ("created_by", "updated_by"):
                found.setdefault(target.class_.__name__, []).append(f"{mapper.class_.__name__}.{relation.key}")
    if not found:
        return []
    lines = [f"- {target}: {', '.join(sorted(names))}" for target, names in sorted(found.items())]
    return ["From here to other domains:", "", *lines, ""]


def _references(mapper: Mapper[object]) -> list[RelationshipProperty[object]]:
    """The relationships over the foreign keys of its own table."""
    relations = [relation for relation in mapper.relationships if relation.direction.name == "MANYTOONE"]
    return sorted(relations, key=lambda relation: relation.key)


def _is_unique(table: Table, column: str) -> bool:
    uniques = [key.columns.keys() for key in table.constraints if isinstance(key, UniqueConstraint)]
    indexes = [index.columns.keys() for index in table.indexes if index.unique]
    return [column] in (*uniques, *indexes)


def _table(mapper: Mapper[object]) -> Table:
    table = mapper.local_table
    assert isinstance(table, Table)
    return table
