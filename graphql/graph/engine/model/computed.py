"""Fields that Python computes from columns: once per operation for all rows, while the rest stays compiled.

A row leaves a string in its place that says what the field needs; when the statements are done, each field is computed
for all of them at once and its values are put there.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import GraphQLOutputType

Values = Mapping[str, Any]
"""What a field needs of a row: JSON values by the names of fields, None where the viewer may not see them."""


@dataclass(frozen=True, slots=True)
class Computed:
    """The field `name` of `entity`: computed from the columns `needs`, for many rows at once."""

    entity: str
    name: str
    type: GraphQLOutputType
    needs: tuple[str, ...]
    compute: Callable[[Sequence[Values]], Awaitable[Sequence[Any]]]
    """From what each row has to the field's values as JSON, in the same order; it may see a row more than once."""
    description: str


async def fill(chunks: Sequence[bytes], calls: Mapping[int, Computed], nonce: str) -> list[bytes]:
    """`chunks` of JSON in which every call that a row left is replaced by its value."""
    place = re.compile(rb'"%s:c(\d+):((?:[^"\\]|\\.)*)"' % nonce.encode())
    pieces = [place.split(chunk) for chunk in chunks]
    wanted: dict[Computed, dict[bytes, bytes]] = {}
    for piece in pieces:
        for at in range(1, len(piece), 3):
            wanted.setdefault(calls[int(piece[at])], {})[piece[at + 1]] = b"null"
    for computed, needs in wanted.items():
        values = await computed.compute([orjson.loads(orjson.loads(b'"%s"' % text)) for text in needs])
        needs.update(zip(needs, map(orjson.dumps, values), strict=True))
    return [b"".join(_joined(piece, calls, wanted)) for piece in pieces]


def _joined(
    piece: list[bytes], calls: Mapping[int, Computed], found: Mapping[Computed, Mapping[bytes, bytes]]
) -> list[bytes]:
    parts = list(piece)
    for at in range(1, len(piece), 3):
        parts[at : at + 2] = [b"", found[calls[int(piece[at])]][piece[at + 1]]]
    return parts
