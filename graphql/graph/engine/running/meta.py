"""Root fields about the schema itself (`__schema`, `__type`), answered by the resolvers of graphql-core.

The whole schema is a dozen megabytes, over which graphql-core's own execution would hold the event loop for seconds.
Here it is written in slices of a few milliseconds, compressed on the way, and kept. Every viewer has the same schema:
an answer depends on what is selected and on nothing else.
"""

import asyncio
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

import orjson
from graphql import (
    GraphQLList,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    get_argument_values,
    get_introspection_query,
    get_named_type,
    get_nullable_type,
)

from graph.engine.asking.cache import TwiceSeen
from graph.engine.asking.selection import Field
from graph.engine.errors import TooComplex

INTROSPECTION = get_introspection_query(
    specified_by_url=True,
    directive_is_repeatable=True,
    schema_description=True,
    input_value_deprecation=True,
    one_of=True,
)
"""What tools ask that want to know everything."""

SLICE = 0.003
"""Seconds of work after which others get their turn."""

LOOK = 16
"""Objects between two looks at the clock."""

LONGEST = 48 * 1024 * 1024
"""Bytes that an answer may have, four times the whole schema: types of fields of types soon come to gigabytes."""

KEPT_BYTES = 8 * 1024 * 1024
SHORT = 64 * 1024


class Packed(NamedTuple):
    """Compressed JSON."""

    data: bytes
    size: int

    async def json(self) -> bytes:
        """The JSON. If it is long, a thread unpacks it, really beside the loop."""
        return self._unpacked() if self.size < SHORT else await asyncio.to_thread(self._unpacked)

    def _unpacked(self) -> bytes:
        return zlib.decompress(self.data, bufsize=self.size + 1)  # else it would be copied again and again to grow


class Introspection:
    """Answers the meta fields of a schema and keeps the answers."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self._ready: dict[str, Packed] = {}
        self._kept: TwiceSeen[Packed] = TwiceSeen(KEPT_BYTES)
        self._turn = asyncio.Lock()

    async def json(self, selected: Field) -> bytes:
        """The JSON of the root field `selected`."""
        return await (await self._packed(_wanted(selected, "Query"))).json()

    async def prepare(self, selected: Field) -> None:
        """Have the answer to `selected` ready for good."""
        wanted = _wanted(selected, "Query")
        self._ready[wanted.text] = await self._packed(wanted)

    async def _packed(self, wanted: "_Wanted") -> Packed:
        async with self._turn:  # one at a time, so that there is never more than one long answer in memory
            found = self._ready.get(wanted.text) or self._kept.get(wanted.text)
            if found is None:
                found = await _Writing(self.schema).of(wanted)
                self._kept.add(wanted.text, found, len(found.data) + len(wanted.text))
        return found


@dataclass(frozen=True, slots=True, eq=False)
class _Wanted:
    """A field that is selected, ready to be asked of one object after the other."""

    head: bytes
    """Its key, as it stands before the value."""
    text: str
    """What is selected, in one way of writing: how the document puts it, with fragments and variables, is all one."""
    resolve: Callable[..., Any]
    arguments: Mapping[str, Any]
    inside: "tuple[_Wanted, ...] | None"
    """What is selected of its value; None if that is no object."""
    many: bool
    again: bool
    """Whether the types that it leads to are met again and again, unlike those in the list of all types."""


def _wanted(selected: Field, parent: str) -> _Wanted:
    definition, type_ = selected.definition, get_named_type(selected.definition.type)
    arguments = get_argument_values(definition, selected.nodes[0], selected.document.asker.values)
    inside = None
    if isinstance(type_, GraphQLObjectType):
        inside = tuple(_wanted(one, type_.name) for one in selected.on(type_))
    written = "" if inside is None else "{" + "".join(one.text for one in inside) + "}"
    return _Wanted(
        head=b'"%s":' % selected.key.encode(),
        text=f"{selected.key}:{selected.name}{orjson.dumps(arguments).decode()}{written} ",
        resolve=_resolver(selected, parent),
        arguments=arguments,
        inside=inside,
        many=isinstance(get_nullable_type(definition.type), GraphQLList),
        again=type_.name == "__Type" and parent != "__Schema",
    )


def _resolver(selected: Field, parent: str) -> Callable[..., Any]:
    if selected.name == "__typename":
        return lambda source, info: parent
    assert selected.definition.resolve is not None
    return selected.definition.resolve


class _Writing:
    """One answer while it is written."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.info = _info(schema)
        self.packer = zlib.compressobj()
        self.packed: list[bytes] = []
        self.unpacked: list[bytes] = []
        self.types: dict[tuple[int, int], bytes] = {}
        self.size = self.objects = self.repeated = 0
        self.since = time.perf_counter()

    async def of(self, wanted: _Wanted) -> Packed:
        """The JSON of a root field."""
        await self._value(None, wanted, self.unpacked)
        self._pack()
        return Packed(b"".join((*self.packed, self.packer.flush())), self.size)

    async def _value(self, source: Any, wanted: _Wanted, out: list[bytes]) -> None:
        """Write what `wanted` is of `source`."""
        value = wanted.resolve(source, self.info, **wanted.arguments)
        if wanted.inside is None or value is None:
            out.append(orjson.dumps(_plain(value)))
        elif wanted.many:
            out.append(b"[")
            for number, item in enumerate(value):
                if number:
                    out.append(b",")
                await self._object(item, wanted, out)
            out.append(b"]")
        else:
            await self._object(value, wanted, out)

    async def _object(self, value: Any, wanted: _Wanted, out: list[bytes]) -> None:
        """Write the object `value`, if it is a type perhaps as it was written before."""
        if not wanted.again:
            await self._fields(value, wanted, out)
            return
        key = id(value), id(wanted)
        if key not in self.types:
            written: list[bytes] = []
            await self._fields(value, wanted, written)
            self.types[key] = b"".join(written)
        self._grow(len(self.types[key]))
        out.append(self.types[key])

    async def _fields(self, value: Any, wanted: _Wanted, out: list[bytes]) -> None:
        await self._pause()
        before = b"{"
        for field in wanted.inside or ():
            out += (before, field.head)
            await self._value(value, field, out)
            before = b","
        out.append(b"}" if before == b"," else b"{}")

    async def _pause(self) -> None:
        """Let others have their turn when it is time."""
        self.objects += 1
        if self.objects % LOOK == 0 and time.perf_counter() - self.since > SLICE:
            self._pack()
            await asyncio.sleep(0)
            self.since = time.perf_counter()

    def _pack(self) -> None:
        written = b"".join(self.unpacked)
        self.unpacked.clear()
        self.size += len(written)
        self.packed.append(self.packer.compress(written))

    def _grow(self, size: int) -> None:
        """Count what is written again: refuse before it is put together, for then it is in memory."""
        self.repeated += size
        if self.repeated > LONGEST:
            raise TooComplex("The answer about the schema would be too long; ask for fewer types in types.")


def _plain(value: Any) -> Any:
    """An enumeration's value by its name, and lists of them."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.name if isinstance(value, Enum) else value


def _info(schema: GraphQLSchema) -> GraphQLResolveInfo[Any]:
    """What the resolvers of introspection look at: nothing but the schema."""
    values: list[Any] = [schema if name == "schema" else None for name in GraphQLResolveInfo._fields]
    return GraphQLResolveInfo(*values)
