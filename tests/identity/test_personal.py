"""The table of what is personal: nothing that could be is left out of it, and it names nothing that is not there."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import JSONB

from app.services.privacy.erasing import MORE, NAMED, left
from app.services.privacy.personal import DID, LOGS, NOT_PERSONAL, PEOPLE, PERSONAL, REASONS, Personal, keys, texts
from app.services.privacy.subjects import is_theirs
from models import Base

TABLES = Base.metadata.tables
OTHERS = {f"{table}.{key}" for table, names in NOT_PERSONAL.items() for key in names.split()}


def naming() -> Iterator[str]:
    """Every foreign key to people that is not merely who made or changed a row."""
    for table in TABLES.values():
        for key in table.foreign_keys:
            if key.column.table.fullname in PEOPLE and key.parent.name not in DID:
                yield f"{table.fullname}.{key.parent.name}"


def last_keys(line: Personal) -> Iterator[str]:
    """The keys that name the person, by the line's paths."""
    for path in line.paths:
        steps = keys(path)
        table = steps[-2][1] if len(steps) > 1 else line.table
        yield f"{table}.{steps[-1][0]}"


def test_every_key_to_people_is_personal_or_says_who_did_something() -> None:
    personal = {key for line in PERSONAL for key in last_keys(line)} - {"identity.users.id"}
    assert set(naming()) == personal | OTHERS
    assert not personal & OTHERS


@pytest.mark.parametrize("line", PERSONAL, ids=lambda line: f"{line.table} by {line.paths[0]}")
def test_every_column_of_a_personal_row_that_can_hold_text_is_erased_scrubbed_or_kept(line: Personal) -> None:
    kept = [column for columns in line.kept.values() for column in columns]
    said = [*line.erase, *line.scrub, *kept]
    assert len(said) == len(set(said))
    assert set(said) <= set(line.source.columns.keys())
    assert set(line.kept) <= set(REASONS)
    if not line.delete:
        assert {column.name for column in texts(line.source)} <= set(said)


@pytest.mark.parametrize("line", PERSONAL, ids=lambda line: f"{line.table} by {line.paths[0]}")
def test_every_path_follows_foreign_keys_to_the_person(line: Personal) -> None:
    for path in line.paths:
        table: Table = line.source
        for key, target in keys(path):
            if target:
                assert target in {found.column.table.fullname for found in table.columns[key].foreign_keys}
                table = TABLES[target]
    assert is_theirs(line).count(":") == len(line.paths)


@pytest.mark.parametrize("line", PERSONAL, ids=lambda line: f"{line.table} by {line.paths[0]}")
def test_what_must_be_given_is_given_after_erasure_too(line: Personal) -> None:
    for name in line.erase:
        column = line.source.columns[name]
        assert column.computed is None
        assert column.nullable or left(column) != "NULL"


def test_what_else_is_named_is_there() -> None:
    lines = {line.table for line in PERSONAL}
    assert {*MORE, *NAMED} <= lines
    for table, names in LOGS.items():
        assert {"entity_type", "entity_id"} <= set(TABLES[table].columns.keys())
        assert set(names.split()) <= {column.name for column in texts(TABLES[table])}


def test_every_log_that_keeps_values_by_entity_is_known() -> None:
    found = {
        table.fullname
        for table in TABLES.values()
        if {"entity_type", "entity_id"} <= set(table.columns.keys())
        and any(isinstance(column.type, JSONB) for column in table.columns)
    }
    lines = {line.table for line in PERSONAL}
    assert found <= set(LOGS) | lines
