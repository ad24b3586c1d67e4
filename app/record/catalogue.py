"""The catalogue of trusted documents: each is an endpoint of the platform, with how often it is called and how fast."""

from collections import Counter
from collections.abc import Iterable, Mapping
from time import monotonic
from uuid import UUID

import asyncpg
from graphql import OperationDefinitionNode, parse

from graph.engine.answer import Operation

EVERY = 5.0
"""Seconds from one writing of the counts to the next."""

LOCK = 7_305_118_223  # any number that nothing else locks

PREFIX = "/graphql/"
LONGEST = 200
"""Characters of a title."""

PUBLISH = """
INSERT INTO gateway.endpoints AS e (method, path, title, description)
SELECT 'POST', path, title, description
FROM unnest($1::text[], $2::text[], $3::text[]) AS given (path, title, description)
ORDER BY path
ON CONFLICT (business_id, method, path, api_version) DO UPDATE
   SET title = excluded.title, description = excluded.description, version = e.version + 1,
       status = CASE WHEN e.status = 'DEPRECATED' AND num_nonnulls(e.replaced_by_id, e.retires_on) = 0
                     THEN 'ACTIVE' ELSE e.status END,
       deprecated_at = CASE WHEN e.status = 'DEPRECATED' AND num_nonnulls(e.replaced_by_id, e.retires_on) = 0
                            THEN NULL ELSE e.deprecated_at END
 WHERE (e.title, e.description) IS DISTINCT FROM (excluded.title, excluded.description)
    OR e.status = 'DEPRECATED' AND num_nonnulls(e.replaced_by_id, e.retires_on) = 0"""
"""New documents, and those that changed. One that came back is no longer deprecated, unless somebody said what
replaces it or when it ends."""

WITHDRAW = """
UPDATE gateway.endpoints
   SET status = 'DEPRECATED', deprecated_at = now(), version = version + 1
 WHERE business_id IS NULL AND method = 'POST' AND starts_with(path, $2) AND path <> ALL ($1::text[])
   AND status IN ('BETA', 'ACTIVE')"""
"""Documents that are no more: never deleted, because the log names them."""

IDS = """
SELECT path, id FROM gateway.endpoints
WHERE business_id IS NULL AND method = 'POST' AND api_version = 'v1' AND path = ANY ($1::text[])"""

COUNT = """
WITH given AS (SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::integer[])
                        AS given (id, calls, failures, total, slowest)),
     held AS (SELECT e.id FROM gateway.endpoints AS e JOIN given USING (id) ORDER BY e.id FOR NO KEY UPDATE OF e)
UPDATE gateway.endpoints AS e
   SET call_count = e.call_count + given.calls, failure_count = e.failure_count + given.failures,
       total_ms = e.total_ms + given.total, slowest_ms = greatest(e.slowest_ms, given.slowest)
  FROM held JOIN given USING (id) WHERE e.id = held.id"""
"""Adds up, in the order of ids, so that two processes do not wait for each other in a circle."""


class Entry:
    """A document of the catalogue, with the calls that are not written yet."""

    __slots__ = ("calls", "failures", "id", "operation", "path", "seconds", "slowest", "text", "title")

    def __init__(self, text: str, operation: str, path: str) -> None:
        self.text, self.operation, self.path = text, operation, path
        self.title = title_of(text) or operation
        self.id: UUID | None = None
        self.calls = self.failures = 0
        self.seconds = self.slowest = 0.0

    def add(self, seconds: float, failed: bool) -> None:
        """Count a call."""
        self.calls += 1
        self.failures += failed
        self.seconds += seconds
        self.slowest = max(self.slowest, seconds)

    def taken(self) -> "Taken":
        """What is counted so far, in whole milliseconds; a part of one stays for the next time."""
        total = int(self.seconds * 1000)
        return self.calls, self.failures, total, min(round(self.slowest * 1000), 2**31 - 1)

    def drop(self, taken: "Taken") -> None:
        """Forget what is written by now."""
        self.calls, self.failures = self.calls - taken[0], self.failures - taken[1]
        self.seconds -= taken[2] / 1000
        self.slowest = 0.0


Taken = tuple[int, int, int, int]


class Catalogue:
    """The trusted documents as endpoints; empty, it does nothing."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._by_hash = dict(zip(texts, entries(texts), strict=True))
        self._by_text = {entry.text: entry for entry in self._by_hash.values()}
        self._published = not texts
        self._due = 0.0

    def __bool__(self) -> bool:
        return bool(self._by_hash)

    def __len__(self) -> int:
        """How much there is to write now."""
        if not self._published:
            return len(self._by_hash)
        return sum(entry.calls > 0 for entry in self._by_hash.values()) if monotonic() >= self._due else 0

    def entry(self, operation: Operation) -> Entry | None:
        """The document that `operation` asks for, if it is one of the catalogue."""
        if operation.sha256 is not None:
            return self._by_hash.get(operation.sha256)
        return self._by_text.get(operation.query)

    def hurry(self) -> None:
        """Have the counts written with the next batch."""
        self._due = 0.0

    async def write(self, connection: asyncpg.Connection) -> None:
        """Write the documents the first time, then their counts. Raises what asyncpg raises."""
        if not self._published:
            await self._publish(connection)
        self._due = monotonic() + EVERY
        counts = [(entry, entry.taken()) for entry in self._by_hash.values() if entry.calls and entry.id]
        if counts:
            await connection.execute(COUNT, *zip(*((entry.id, *taken) for entry, taken in counts), strict=True))
        for entry, taken in counts:
            entry.drop(taken)

    async def _publish(self, connection: asyncpg.Connection) -> None:
        """Let the table have the documents of the manifest; of two processes the second waits for the first."""
        entries = list(self._by_hash.values())
        paths = [entry.path for entry in entries]
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
            await connection.execute(
                PUBLISH, paths, [entry.title[:LONGEST] for entry in entries], [entry.text for entry in entries]
            )
            await connection.execute(WITHDRAW, paths, PREFIX)
            ids = {row["path"]: row["id"] for row in await connection.fetch(IDS, paths)}
        for entry in entries:
            entry.id = ids[entry.path]
        self._published = True


def entries(texts: Mapping[str, str]) -> Iterable[Entry]:
    """The documents of `texts`, by their hashes, as they are called. A name that several have goes on with the hash."""
    names = {hash_: operation_of(text) for hash_, text in texts.items()}
    often = Counter(names.values())
    for hash_, text in texts.items():
        name = names[hash_]
        alone = name is not None and often[name] == 1
        label = name if name and alone else "-".join(filter(None, (name, hash_[:12])))
        yield Entry(text, name or label, PREFIX + label)


def operation_of(text: str) -> str | None:
    """What the one operation of a document calls itself."""
    found = [node for node in parse(text).definitions if isinstance(node, OperationDefinitionNode)]
    return found[0].name.value if found and found[0].name else None


def title_of(text: str) -> str:
    """The comment that a document begins with, in one line."""
    lines = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("# ").strip())
    return " ".join(filter(None, lines))
