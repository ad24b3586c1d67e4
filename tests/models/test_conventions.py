"""What every mapped class keeps to, so that what is derived from it can be trusted."""

from __future__ import annotations

import json
import re
from collections import deque
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, ForeignKey, Table, UniqueConstraint
from sqlalchemy.orm import Mapper

import models
from app import lineage
from models import Base
from models.base import BY_TABLE, Reference, View
from models.columns import OneOf

CATALOGUE: dict[str, Any] = json.loads((Path(__file__).parent / "catalogue.json").read_text())
MAPPERS = sorted(Base.registry.mappers, key=lambda mapper: mapper.class_.__name__)
TABLES = sorted(Base.metadata.tables.values(), key=lambda table: table.fullname)


def table_of(mapper: Mapper[Any]) -> Table:
    """The table or view behind a class."""
    table = mapper.local_table
    assert isinstance(table, Table)
    return table


def every_column() -> list[Column[Any]]:
    """All columns of all tables and views."""
    return [column for mapper in MAPPERS for column in table_of(mapper).columns]


def enumerations() -> dict[str, set[tuple[str, ...]]]:
    """By the name of each enumeration that a column is kept to: its members, once if all columns agree."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for column in every_column():
        if isinstance(column.type, OneOf):
            found.setdefault(column.type.name, set()).add(column.type.members)
    return found


def references() -> list[tuple[type[Base], Reference]]:
    """Every reference, with the class that has it."""
    return [(mapper.class_, found) for mapper in MAPPERS for found in mapper.class_.references]


def test_there_is_every_entity_of_the_catalogue_in_its_domain() -> None:
    expected = {entity: domain for domain, entities in CATALOGUE["entities"].items() for entity in entities}
    found = {mapper.class_.__name__: table_of(mapper).schema for mapper in MAPPERS}
    rolled_up = {mapper.class_.__name__ for mapper in MAPPERS if getattr(mapper.class_, "materialized", False)}
    assert len(expected) == 202
    assert {entity: domain for entity, domain in found.items() if entity not in rolled_up} == expected


def test_from_every_entity_there_is_a_path_to_every_other() -> None:
    neighbours: dict[str, set[str]] = {mapper.class_.__name__: set() for mapper in MAPPERS}
    for owner, found in references():
        neighbours[owner.__name__].add(BY_TABLE[found.target].__name__)
        if found.back:
            neighbours[BY_TABLE[found.target].__name__].add(owner.__name__)
    for start in neighbours:
        seen, waiting = {start}, deque([start])
        while waiting:
            new = neighbours[waiting.popleft()] - seen
            seen |= new
            waiting += new
        assert seen == neighbours.keys(), f"{start} does not reach {sorted(neighbours.keys() - seen)}"


def test_every_foreign_key_has_a_relation_both_ways() -> None:
    led = {(owner.__name__, found.key) for owner, found in references()}
    for mapper in MAPPERS:
        for column in table_of(mapper).columns:
            assert not column.foreign_keys or (mapper.class_.__name__, column.key) in led, f"{column} leads nowhere"
    for owner, found in references():
        assert found.back or found.name in ("created_by", "updated_by"), f"{owner}.{found.name} has no way back"


def leading_columns(table: Table) -> set[str]:
    """The columns that an index over all rows begins with."""
    whole = [index for index in table.indexes if index.dialect_options["postgresql"]["where"] is None]
    plain = [index for index in whole if index.dialect_options["postgresql"]["using"] in (False, "btree")]
    uniques = [key for key in table.constraints if isinstance(key, UniqueConstraint)]
    found = [*(index.columns.keys() for index in plain), *(key.columns.keys() for key in uniques)]
    return {columns[0] for columns in (*found, table.primary_key.columns.keys()) if columns}


def test_every_foreign_key_is_indexed_and_says_what_deleting_does() -> None:
    for table in TABLES:
        keys: set[ForeignKey] = table.foreign_keys
        for key in keys:
            assert key.parent.name in leading_columns(table), f"{key.parent} has no index"
            assert key.ondelete in ("CASCADE", "RESTRICT", "SET NULL"), f"{key.parent} does not say"
            assert key.ondelete != "SET NULL" or key.parent.nullable, f"{key.parent} cannot be null"


def test_nothing_keeps_a_month_of_a_firehose_table_from_going() -> None:
    timed = {table_of(mapper) for mapper in MAPPERS if getattr(mapper.class_, "time_column", None)}
    assert len(timed) == 9
    keys = [key for table in TABLES for key in table.foreign_keys if key.column.table in timed]
    assert all(key.ondelete in ("CASCADE", "SET NULL") for key in keys)


def test_nothing_is_loaded_without_being_asked_for() -> None:
    assert [relation for mapper in MAPPERS for relation in mapper.relationships] == []


def test_every_class_enumeration_column_and_relation_says_what_it_means() -> None:
    for mapper in MAPPERS:
        doc = mapper.class_.__doc__ or ""
        assert re.fullmatch(r"[A-Z][^\n]*\.", doc), f"{mapper.class_.__name__}: {doc!r}"
    for owner, found in references():
        for said in (found.doc, found.back_doc):
            assert re.fullmatch(r"[A-Z][^\n]*\.", said), f"{owner.__name__}.{found.name}: {said!r}"
    for column in every_column():
        assert re.fullmatch(r"[A-Z][^\n]*[.)]", column.doc or ""), f"{column}: {column.doc!r}"


def test_enumerations_have_names_of_their_own() -> None:
    found = enumerations()
    assert [name for name, members in found.items() if len(members) > 1] == []
    assert not found.keys() & {mapper.class_.__name__ for mapper in MAPPERS}
    members = {member for several in found.values() for (*all_,) in several for member in all_}
    assert [member for member in members if not re.fullmatch(r"[A-Z][A-Z0-9_]*", member)] == []


def test_no_column_is_a_float() -> None:
    assert [c for c in every_column() if "FLOAT" in repr(c.type).upper() or "DOUBLE" in repr(c.type).upper()] == []


def test_every_name_fits_into_63_bytes_so_that_nothing_cuts_it() -> None:
    for table in TABLES:
        names = [*(str(constraint.name) for constraint in table.constraints), *(str(i.name) for i in table.indexes)]
        assert [name for name in names if len(name) > 63] == []


def test_every_check_says_what_people_read() -> None:
    for table in TABLES:
        for constraint in table.constraints:
            if constraint.__visit_name__ == "check_constraint" and "_is_known" not in str(constraint.name):
                assert {"field", "message"} <= constraint.info.keys(), constraint.name
                assert constraint.info["field"] in table.columns, constraint.name


def test_a_table_takes_at_most_35_lines_on_average() -> None:
    """All that says what tables are; the bodies of functions in the database are another language."""
    files = Path(models.__file__).parent.rglob("*.py")
    texts = [file.read_text() for file in files if file.name not in ("functions.py", "recording.py")]
    lines = [line for text in texts for line in text.splitlines() if line.strip()]
    assert len(lines) / len({*map(table_of, MAPPERS), *TABLES}) <= 35


def test_every_source_table_and_column_went_somewhere() -> None:
    declared = {line.source: line for line in lineage.lineages()}
    assert declared.keys() == CATALOGUE["sources"].keys()
    for source, given in CATALOGUE["sources"].items():
        line = declared[source]
        assert line.entity == given["entity"], source
        assert sorted([*line.columns, *line.left_out]) == sorted(given["columns"]), source


def test_every_column_of_the_lineage_exists() -> None:
    classes = {mapper.class_.__name__: mapper for mapper in MAPPERS}
    for line in lineage.lineages():
        for old, new in line.columns.items():
            entity, _, name = new.rpartition(".")
            mapper = classes[entity or line.entity]
            known = {*table_of(mapper).columns.keys(), *mapper.attrs.keys(), *mapper.class_.computed}
            assert name in known, f"{line.source}.{old} -> {new}"


def test_at_most_two_per_cent_of_the_columns_are_left_out_each_with_its_reason() -> None:
    left_out = [reason for line in lineage.lineages() for reason in line.left_out.values()]
    columns = sum(len(given["columns"]) for given in CATALOGUE["sources"].values())
    assert columns == 881
    assert len(left_out) <= 0.02 * columns
    assert all(len(reason) > 10 for reason in left_out)


@pytest.mark.parametrize("mapper", [m for m in MAPPERS if issubclass(m.class_, View)], ids=lambda m: m.class_.__name__)
def test_a_view_has_no_id_and_is_no_table(mapper: Mapper[Any]) -> None:
    assert "id" not in table_of(mapper).columns
    assert table_of(mapper).fullname not in Base.metadata.tables
