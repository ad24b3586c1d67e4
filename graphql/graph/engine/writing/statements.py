"""The statements that write rows: one for any number of them, made once for each verb, entity and kind of viewer.

Each is the same few steps, filled with names of the model and conditions of `reasons`; nothing that a client gives is
ever in it. The rows come as one JSON array. Steps: `given` (the rows as they came), `found` (those that are there,
locked in the order of their ids), `laid` (as they are to be), `judged` (with what is against each), `written`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from graph.engine.access import Access, Rule, Viewer
from graph.engine.model.entities import Graph
from graph.engine.sql.fragments import DIALECT, VIEWERS, numbered
from graph.engine.writing.reasons import GIVEN, LAID, NEW, PLACE, Judge, Reason, is_again, quoted, text_of, uniques_of
from graph.engine.writing.refusals import Refusal
from graph.engine.writing.writable import Writable

Step = Literal["create", "update", "delete", "restore", "find"]

ROWS, ACTOR = "#rows", "#actor"
"""The parameters: the rows as JSON, and the person who writes them."""

OF = "_of"
"""Beside what is given of a row: columns that must have these values already, being what it is found by."""

OLD = "o"
"""What a row is called as it is."""

GONE = Refusal("NOT_FOUND", "id", "names none, or none that you may see")
MEANWHILE = Refusal("CONFLICT", "", "Somebody else wrote such a row at this very moment; try again")
STALE = Refusal("CONFLICT", "version", "is not the newest: somebody changed the row meanwhile")
TWICE = Refusal("BAD_USER_INPUT", "id", "is given more than once")


@dataclass(frozen=True, slots=True)
class Write:
    """A statement with the names of its parameters in order, and what its numbers of reasons mean, from 0."""

    text: str
    params: tuple[str, ...]
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes the statements of one entity for one kind of viewer."""

    graph: Graph
    access: Access
    viewer: Viewer
    book: Writable

    @property
    def judge(self) -> Judge:
        """Who says what is against a row."""
        return Judge(self.graph, self.access, self.viewer, self.book)

    def make(self, step: Step) -> Write:
        """The statement for `step`."""
        match step:
            case "create":
                return self._create()
            case "update":
                return self._update()
            case "delete":
                return self._delete()
            case "restore":
                return self._restore()
            case "find":
                return self._find()

    def _find(self) -> Write:
        """The rows of the same natural keys that the viewer may see."""
        table, rule = self.book.table, self.access.predicate(self.book.entity, self.viewer)
        keys = [quoted(key) for key in self.book.entity.natural_key]
        same = " AND ".join(f"{OLD}.{key} IS NOT DISTINCT FROM g.{key}" for key in keys)
        alive = f"{OLD}.deleted_at IS NULL" if self.book.soft else "true"
        readable = text_of(rule, table, OLD) if rule else "true"
        return _write(
            f"""
            WITH {self._given(", ".join(f"r.{key}" for key in keys))}
            SELECT g.{PLACE}, {OLD}.id FROM given AS g
            LEFT JOIN {table.fullname} AS {OLD} ON {same} AND {alive} AND {readable} ORDER BY 1""",
            (),
        )

    def _create(self) -> Write:
        table, reasons = self.book.table, self.judge.of_new()
        columns = [column.name for column in table.columns if column.computed is None]
        names = ", ".join(map(quoted, columns))
        return _write(
            f"""
            WITH {self._given(", ".join(self._made(column) for column in columns), LAID)},
            {_judged(reasons)},
            written AS (
              INSERT INTO {table.fullname} ({names})
              SELECT {names} FROM judged WHERE _against = '{{}}' ORDER BY {PLACE}
              ON CONFLICT DO NOTHING RETURNING id
            )
            {self._result}
            FROM judged AS j LEFT JOIN written AS w ON w.id = j.id ORDER BY j.{PLACE}""",
            reasons,
        )

    def _made(self, key: str) -> str:
        """What a new row has in a column: what was given, or what a row begins with."""
        name, column = quoted(key), self.book.table.columns[key]
        default = column.server_default
        begins = f"({default.arg})" if default is not None else "NULL"  # type: ignore[attr-defined]
        initial = f"{begins}::{column.type.compile(dialect=DIALECT)}"
        if key in ("created_by_id", "updated_by_id"):
            return f"${ACTOR}$::uuid AS {name}"
        if key not in {given.key for given in self.book.given}:
            return f"{initial} AS {name}"
        return f"CASE WHEN g.row ? '{key}' THEN r.{name} ELSE {initial} END AS {name}"

    def _update(self) -> Write:
        book = self.book
        forbidden = self._forbidden("update")
        reasons = [*self._of_old(), *self.judge.of_changed(f"{NEW}._forbidden")]
        changed = {column.key for column in book.changed}
        merged = ", ".join(_merged(key, key in changed) for key in self._stored())
        return _write(
            f"""
            WITH {self._given("r.id")}, {self._found("true" if not book.soft else f"{OLD}.deleted_at IS NULL")},
            {LAID} AS MATERIALIZED (
              SELECT {OLD}.{PLACE}, {OLD}.{GIVEN}, {forbidden} AS _forbidden, {self._stale()} AS _stale, {OLD} AS _old,
                     {merged}
              FROM found AS {OLD}, LATERAL jsonb_populate_record(NULL::{book.table.fullname}, {OLD}.{GIVEN}) AS r
            ),
            {_judged(reasons)},
            written AS ({self._set([f"{quoted(key)} = j.{quoted(key)}" for key in sorted(changed)])})
            {self._result}
            FROM given AS g LEFT JOIN judged AS j ON j.{PLACE} = g.{PLACE}
                 LEFT JOIN written AS w ON w.id = j.id ORDER BY g.{PLACE}""",
            reasons,
        )

    def _delete(self) -> Write:
        reasons = [*self._of_old(), self._may_not("delete")]
        soft, table = self.book.soft, self.book.table.fullname
        removed = f"DELETE FROM {table} AS w USING judged AS j WHERE w.id = j.id AND j._against = '{{}}' RETURNING w.id"
        written = self._set(["deleted_at = now()"]) if soft else removed
        alive = f"{OLD}.deleted_at IS NULL" if soft else "true"
        return self._marking(alive, "delete", ", ".join(map(quoted, self._stored())), written, reasons)

    def _restore(self) -> Write:
        reasons = [*self._of_old(), self._may_not("restore"), *uniques_of(self.book.table)]
        columns = ", ".join("NULL AS deleted_at" if key == "deleted_at" else quoted(key) for key in self._stored())
        written = self._set(["deleted_at = NULL"])
        return self._marking(f"{OLD}.deleted_at IS NOT NULL", "delete", columns, written, reasons)

    def _marking(self, which: str, verb: str, columns: str, written: str, reasons: Sequence[Reason]) -> Write:
        return _write(
            f"""
            WITH {self._given("r.id")}, {self._found(which)},
            {LAID} AS MATERIALIZED (
              SELECT {PLACE}, {GIVEN}, {self._forbidden(verb)} AS _forbidden, {self._stale()} AS _stale, {OLD} AS _old,
                     {columns}
              FROM found AS {OLD}
            ),
            {_judged(reasons)},
            written AS ({written})
            {self._result}
            FROM given AS g LEFT JOIN judged AS j ON j.{PLACE} = g.{PLACE}
                 LEFT JOIN written AS w ON w.id = j.id ORDER BY g.{PLACE}""",
            reasons,
        )

    @property
    def _result(self) -> str:
        """What is known of each row afterwards."""
        business = "j.business_id" if "business_id" in self.book.table.columns else "NULL::uuid"
        return f"SELECT j.id, j._against AS against, w.id IS NOT NULL AS done, {business} AS business"

    def _given(self, columns: str, name: str = "given") -> str:
        return f"""{name} AS MATERIALIZED (
              SELECT g.place AS {PLACE}, g.row AS {GIVEN}, {columns}
              FROM jsonb_array_elements(${ROWS}$::jsonb) WITH ORDINALITY AS g(row, place),
                   LATERAL jsonb_populate_record(NULL::{self.book.table.fullname}, g.row) AS r
            )"""

    def _found(self, which: str) -> str:
        """The rows that are there for the viewer; they stay as they are until they are written."""
        rule = self.access.predicate(self.book.entity, self.viewer)
        readable = text_of(rule, self.book.table, OLD) if rule else "true"
        return f"""found AS MATERIALIZED (
              SELECT g.{PLACE}, g.{GIVEN}, {", ".join(f"{OLD}.{quoted(key)}" for key in self._stored())}
              FROM given AS g JOIN {self.book.table.fullname} AS {OLD} ON {OLD}.id = g.id
              WHERE {which} AND {readable} ORDER BY {OLD}.id FOR UPDATE OF {OLD}
            )"""

    def _stored(self) -> list[str]:
        return [column.name for column in self.book.table.columns]

    def _forbidden(self, verb: str) -> str:
        rule: Rule | None = self.access.writable(self.book.entity, verb, self.viewer)  # type: ignore[arg-type]
        return f"{text_of(rule, self.book.table, OLD)} IS NOT TRUE" if rule else "false"

    def _may_not(self, verb: str) -> Reason:
        return Reason(f"{NEW}._forbidden", Refusal("FORBIDDEN", "", f"You may not {verb} this {self.book.spoken}"))

    def _stale(self) -> str:
        return f"({OLD}.{GIVEN} ->> 'version')::integer <> {OLD}.version" if self.book.versioned else "false"

    def _of_old(self) -> list[Reason]:
        elsewhere = f"{NEW}.{GIVEN} ? '{OF}' AND NOT to_jsonb({NEW}._old) @> ({NEW}.{GIVEN} -> '{OF}')"
        return [Reason(elsewhere, GONE), Reason(f"{NEW}._stale", STALE), Reason(is_again(["id"]), TWICE)]

    def _set(self, assignments: Sequence[str]) -> str:
        every = list(assignments)
        if self.book.versioned:
            every.append("version = w.version + 1")
        if "updated_by_id" in self.book.table.columns:
            every.append(f"updated_by_id = ${ACTOR}$::uuid")
        return f"""UPDATE {self.book.table.fullname} AS w SET {", ".join(every)}
              FROM judged AS j WHERE w.id = j.id AND j._against = '{{}}' RETURNING w.id"""


def _judged(reasons: Sequence[Reason]) -> str:
    cases = ", ".join(f"CASE WHEN {reason.condition} THEN {number} END" for number, reason in enumerate(reasons))
    return f"""judged AS MATERIALIZED (
              SELECT {NEW}.*, array_remove(ARRAY[{cases}]::integer[], NULL) AS _against FROM {LAID} AS {NEW}
            )"""


def _merged(key: str, changed: bool) -> str:
    name = quoted(key)
    return (
        f"CASE WHEN {OLD}.{GIVEN} ? '{key}' THEN r.{name} ELSE {OLD}.{name} END AS {name}"
        if changed
        else f"{OLD}.{name}"
    )


def _write(text: str, reasons: Sequence[Reason]) -> Write:
    """The statement with its parameters numbered."""
    marked = text
    for name in (ROWS, ACTOR):
        marked = marked.replace(f"${name}$", VIEWERS.format(name))
    found, params = numbered(" ".join(marked.split()), ())
    return Write(found, params, tuple(reason.refusal for reason in reasons))
