"""The API over two businesses, with batches to record there."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from graph.access.viewers import key
from graph.engine.access import Viewer
from tests.writing.conftest import BUSINESS, RIVAL, SHOP, Shop, shop

__all__ = ["BUSINESS", "RIVAL", "SHOP", "Desk", "desk", "metrics", "sensor", "shop"]

AREA, FOREIGN, MEANING = (UUID(int=number) for number in (31, 32, 33))
ROWS = (
    f"INSERT INTO business.domains (id, business_id, name, slug) VALUES ('{AREA}', '{SHOP}', 'Stock', 'stock')",
    f"INSERT INTO business.domains (id, business_id, name, slug) VALUES ('{FOREIGN}', '{RIVAL}', 'Stock', 'stock')",
    "INSERT INTO analytics.metric_definitions (id, business_id, name, title, type) "
    f"VALUES ('{MEANING}', '{SHOP}', 'load', 'Load', 'SYSTEM')",
    "TRUNCATE ops.audit_logs, ops.event_logs CASCADE",
)

sensor = key(SHOP, ["metrics:write"])


def metrics(count: int, **more: Any) -> list[dict[str, Any]]:
    """Measurements, a second apart, the last of them a moment ago."""
    now = datetime.now(UTC)
    return [
        {
            "type": "SYSTEM",
            "name": "load",
            "value": f"{number}.25",
            "recordedAt": (now - timedelta(seconds=count - number)).isoformat(),
            **more,
        }
        for number in range(count)
    ]


class Desk:
    """Records batches, by a key of the shop unless it is said who asks."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.rows = shop, shop.rows
        self.everything = key(SHOP, ["*"])

    async def answer(
        self, rows: Any, batch_key: str = "k", *, kind: str = "Metrics", viewer: Viewer = sensor, **more: Any
    ) -> Any:
        """The whole answer to a batch."""
        query = (
            f"mutation($input: Record{kind}Input!) {{ record{kind}(input: $input) {{ recordedCount refusedCount "
            "firstId lastId userErrors { code field message index } } }"
        )
        given = {"businessId": BUSINESS, "batchKey": batch_key, "rows": rows, **more}
        return await self.shop(query, viewer, input=given)

    async def record(self, rows: Any, batch_key: str = "k", *, kind: str = "Metrics", **more: Any) -> Any:
        """What a batch came to."""
        answer = await self.answer(rows, batch_key, kind=kind, **more)
        assert "errors" not in answer, answer["errors"]
        return answer["data"][f"record{kind}"]

    async def refused(self, rows: Any, **more: Any) -> list[tuple[int | None, str | None, str]]:
        """What is told of rows that are refused: place, field and sentence."""
        done = await self.record(rows, **more)
        return [(one["index"], one["field"], one["message"]) for one in done["userErrors"]]

    async def count(self, table: str = "business.metrics") -> int:
        """How many rows there are."""
        (row,) = await self.rows(f"SELECT count(*) AS n FROM {table}")
        found: int = row["n"]
        return found


@pytest.fixture
async def desk(shop: Shop) -> Desk:
    """The desk of the shop, which has an area and a definition of a metric."""
    async with shop.database.writes.begin() as connection:
        for statement in ROWS:
            await connection.exec_driver_sql(statement)
    shop.sent.clear()
    return Desk(shop)
