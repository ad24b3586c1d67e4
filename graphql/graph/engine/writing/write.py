"""Writes what a derived mutation gives: the rows themselves, and along with them those of their relations.

Rows of one entity are written by one statement, however many they are; what others name comes before what names them.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from graph.engine.access import VIEWER, Viewer
from graph.engine.model.entities import Relation
from graph.engine.writing.items import Item
from graph.engine.writing.refusals import Refusal
from graph.engine.writing.statements import ACTOR, GONE, MEANWHILE, OF, ROWS, STALE, TWICE, Maker, Step, Write
from graph.engine.writing.values import json_of, key_of, row_of
from graph.engine.writing.writable import NESTED, Books, Writable

Fetch = Callable[..., Awaitable[Sequence[Any]]]
"""Runs a statement with its arguments in the transaction at hand."""

ACCESS = frozenset({"FORBIDDEN", "NOT_FOUND"})
"""Where a row is refused for these, nothing else is told of it: that could betray rows that are hidden."""

Pairs = list[tuple[Item, Item]]
"""Rows with those that are given within them."""


@dataclass(slots=True)
class Statements:
    """The statements that write, made when they are first needed and kept."""

    books: Books
    most: int = 2_000
    made: dict[tuple[str, str, Step], Write] = field(default_factory=dict)

    def of(self, viewer: Viewer, book: Writable, step: Step) -> Write:
        """The statement for `step`, for a viewer of this kind."""
        key = (viewer.kind, book.entity.name, step)
        if key not in self.made:
            if len(self.made) >= self.most:  # kinds are as many as there are sets of scopes
                self.made.clear()
            self.made[key] = Maker(self.books.graph, self.books.access, Viewer(viewer.kind), book).make(step)
        return self.made[key]


@dataclass(frozen=True, slots=True)
class Session:
    """The work of one root field on behalf of `viewer`."""

    statements: Statements
    viewer: Viewer
    fetch: Fetch

    async def create(self, book: Writable, items: Sequence[Item]) -> None:
        """Make rows."""
        await self._name(book, items)
        for item in items:
            self._fill(book, item)
        await self._make(book, items)

    async def update(self, book: Writable, items: Sequence[Item]) -> None:
        """Change rows."""
        await self._name(book, items)
        for item in items:
            self._fill(book, item, new=False)
        await self._change(book, items)

    async def upsert(self, book: Writable, items: Sequence[Item]) -> None:
        """Change the rows of those natural keys, and make those that are not there."""
        await self._name(book, items)
        for item in items:
            self._fill(book, item)
        ready = [item for item in items if not item.refusals]
        found = await self._ask(self.statements.of(self.viewer, book, "find"), ready) if ready else ()
        for item, row in zip(ready, found, strict=True):
            item.key = row["id"]
        new, there = [item for item in ready if item.key is None], [item for item in ready if item.key is not None]
        await self._make(book, new)
        await self._change(book, there)

    async def _make(self, book: Writable, items: Sequence[Item]) -> None:
        await self._run(book, "create", items)
        await self._follow(book, items)

    async def _change(self, book: Writable, items: Sequence[Item]) -> None:
        for item in items:
            self._identify(book, item)
        await self._run(book, "update", items)
        await self._follow(book, items)

    async def mark(self, book: Writable, step: Step, items: Sequence[Item]) -> None:
        """Delete rows, or bring them back."""
        for item in items:
            self._identify(book, item)
        await self._run(book, step, items)

    def _fill(self, book: Writable, item: Item, *, new: bool = True) -> None:
        """Lay out the columns of a row: what was given of them, and what follows from where it stands."""
        row, refusals = row_of(book.given_values if new else book.changed_values, item.given)
        item.row = row | item.preset
        if refusals:
            item.refuse(refusals)

    def _identify(self, book: Writable, item: Item) -> None:
        if item.key is None:
            item.key, refusals = key_of(book.entity.prefix, item.given.get("id"))
            item.refuse(refusals)
        version = item.given.get("version") if book.versioned else None
        item.row |= {"id": str(item.key)} | ({} if version is None else {"version": version})
        item.row |= {OF: item.preset[OF]} if OF in item.preset else {}

    async def _run(self, book: Writable, step: Step, items: Sequence[Item]) -> None:
        """Write what nothing is against so far; of the others nothing is asked."""
        ready = [item for item in items if not item.refusals]
        if not ready:
            return
        write = self.statements.of(self.viewer, book, step)
        for item, found in zip(ready, await self._ask(write, ready), strict=True):
            item.key, item.business = found["id"] or item.key, found["business"]
            if found["against"] or not found["done"]:
                item.refuse(_against(write, found))

    async def _ask(self, write: Write, items: Sequence[Item]) -> Sequence[Any]:
        rows = json_of([item.row for item in items])
        return await self.fetch(write.text, *(self._arg(name, rows) for name in write.params))

    def _arg(self, name: str, rows: str) -> Any:
        if name == ROWS:
            return rows
        return self.viewer.params.get("user") if name == ACTOR else self.viewer.params[name.removeprefix(VIEWER)]

    async def _name(self, book: Writable, items: Sequence[Item]) -> None:
        """Write what the rows name along with them, and let them name it."""
        for relation in self._used(book, items, many=False):
            made: Pairs = []
            for item in items:
                match item.given.get(relation.name):
                    case {"create": given}:
                        made.append((item, item.inner(given, f"{relation.name}.create")))
                    case {"connect": id_}:
                        item.preset[relation.local] = self._connected(item, relation, id_)
                    case {"disconnect": True}:
                        item.preset[relation.local] = None
            await self._together("create", self._book(relation), made)
            for item, inner in made:
                item.preset[relation.local] = str(inner.key)

    def _connected(self, item: Item, relation: Relation, id_: object) -> str:
        key, refusals = key_of(self._book(relation).entity.prefix, id_)
        item.refuse(replace(one, field=f"{relation.name}.connect") for one in refusals)
        return str(key)

    async def _follow(self, book: Writable, items: Sequence[Item]) -> None:
        """Write what names the rows along with them."""
        for relation in self._used(book, items, many=True):
            target = self._book(relation)
            pairs = {
                verb: list(self._within(items, relation, verb)) for verb in ("create", "connect", "update", "remove")
            }
            kept = target.can_lose(relation.remote)
            for item, inner in pairs["create"]:
                inner.preset |= {relation.remote: str(item.key), **_inherited(target, item, inner)}
            for item, inner in pairs["connect"]:
                inner.preset[relation.remote] = str(item.key)
                if relation.remote not in target.changing:
                    inner.refuse([Refusal("BAD_USER_INPUT", "id", f"names a {target.spoken} that stays where it is")])
            for item, inner in (*pairs["update"], *pairs["remove"]):
                inner.preset[OF] = {relation.remote: str(item.key)}
            for _, inner in pairs["remove"] if kept else ():
                inner.preset[relation.remote] = None
            await self._together("create", target, pairs["create"])
            await self._together(
                "update", target, [*pairs["connect"], *pairs["update"], *(pairs["remove"] if kept else ())]
            )
            await self._together("delete", target, [] if kept else pairs["remove"])

    def _within(self, items: Sequence[Item], relation: Relation, verb: str) -> Iterator[tuple[Item, Item]]:
        for item in items:
            given = (item.given.get(relation.name) or {}).get(verb) or ()
            if len(given) > NESTED:
                place = f"{relation.name}.{verb}"
                item.refuse([Refusal("BAD_USER_INPUT", place, f"must have {NESTED} rows at most")])
            for number, one in enumerate(given if not item.refusals else ()):
                values = one if isinstance(one, Mapping) else {"id": one}
                yield item, item.inner(values, f"{relation.name}.{verb}.{number}")

    async def _together(self, step: Step, book: Writable, pairs: Pairs) -> None:
        """Do the same with all that is given within rows; what is against it is against those too."""
        inner = [one for _, one in pairs]
        match step:
            case "create":
                await self.create(book, inner)
            case "update":
                await self.update(book, inner)
            case _:
                await self.mark(book, step, inner)
        for item, one in pairs:
            item.refusals += one.refusals

    def _used(self, book: Writable, items: Sequence[Item], *, many: bool) -> Iterator[Relation]:
        given = set[str]().union(*(item.given for item in items))
        for relation in self.statements.books.led[book.entity.name]:
            if relation.name not in given or (relation.local == "id") is not many:
                continue
            if any(item.given.get(relation.name) for item in items):
                yield relation

    def _book(self, relation: Relation) -> Writable:
        return self.statements.books.all[relation.target]


def _inherited(target: Writable, item: Item, inner: Item) -> dict[str, str]:
    """A row belongs to the business of the one it is given within, if nothing else is said."""
    fits = "business_id" in target.keys and item.business is not None and inner.given.get("businessId") is None
    return {"business_id": str(item.business)} if fits else {}


def _against(write: Write, found: Any) -> Iterable[Refusal]:
    if found["id"] is None:
        return [GONE]
    refusals = [write.refusals[number] for number in found["against"]]
    if not refusals and not found["done"]:
        return [MEANWHILE]
    first = [one for one in refusals if one.code in ACCESS] or [one for one in refusals if one in (STALE, TWICE)]
    return first or refusals
