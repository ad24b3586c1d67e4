"""Whatever rows hold, each is recorded or refused with a reason, and nothing goes wrong."""

import random
from typing import Any

import pytest

from app.services.ingest.shapes import Shape, shape_of
from models.analytics import AnalyticsEvent
from models.business import BusinessEvent, Metric
from tests.ingest.conftest import AREA, FOREIGN, SHOP, Desk

DEEP: Any = []
for _ in range(300):
    DEEP = [DEEP]
ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 7, 2**31, 2**63, 2**64, 0.1, 1e300, -1e-300, float(2**60), [], {}, [None], [1, "a"], DEEP),
    *(
        "",
        "a",
        " ",
        "0",
        "-0.0",
        "1.5",
        "1.23456",
        "1e5",
        "NaN",
        "Infinity",
        "9" * 17,
        "9" * 60,
        "٣",
        "x" * 601,
        "x" * 5_000,
    ),
    *(
        "\n",
        "USD",
        "usd",
        "USD\n",
        "DE",
        "192.0.2.1",
        "192.0.2.0/24",
        "::1",
        "fe80::1%eth0",
        "::ffff:1.2.3.4/200",
        "1.2.3",
    ),
    *("2026-06-01T00:00:00Z", "2026-06-01T00:00:00", "2026-06-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z"),
    *("2026-06-01T00:00:00.1234567891234Z", "2026-13-01T00:00:00Z", "1969-12-31T23:59:59Z", "infinity", "now()"),
    *(f"domain_{AREA}", f"domain_{FOREIGN}", f"business_{SHOP}", str(SHOP), str(SHOP).upper(), f"domain_{AREA}\n"),
    *(
        "SYSTEM",
        "SALE",
        "INFO",
        "CLICK",
        "MOBILE",
        "system",
        "☕",
        "\\u0000",
        "'; DROP TABLE business.metrics; --",
        "$1",
        "\\N",
    ),
    *({"a": {"b": [1.5, None, {"c": "☕"}]}}, {"": ""}, {"a" * 1_000: 1}, {"n": 1e308}, {"n": 2**63}, {"x": DEEP}),
)
LIKELY = {
    "type": ("SYSTEM", "CLICK", "a.b"),
    "name": ("n",),
    "category": ("SALE",),
    "severity": ("LOW",),
    "currency": ("EUR",),
}


def row(shape: Shape, dice: random.Random) -> dict[str, Any]:
    """What must be given, nearly always as it should be, and a few odd things."""
    likely = {part.name: dice.choice(LIKELY[part.name]) for part in shape.parts if part.name in LIKELY}
    odd = dice.sample([*shape.by_name, "nothing"], dice.randrange(3))
    return {**likely, **{name: dice.choice(ODD) for name in odd}}


@pytest.mark.parametrize("cls", [Metric, BusinessEvent, AnalyticsEvent])
async def test_any_row_is_recorded_or_refused(desk: Desk, cls: Any) -> None:
    shape, dice = shape_of(cls), random.Random(cls.__name__)
    kind = {"Metric": "Metrics", "BusinessEvent": "BusinessEvents", "AnalyticsEvent": "AnalyticsEvents"}[cls.__name__]
    for number in range(4):
        rows: list[Any] = [row(shape, dice) for _ in range(900)] + [*ODD[:40]]
        dice.shuffle(rows)
        before = await desk.count(shape.table.fullname)
        done = await desk.record(rows, str(number), kind=kind, viewer=desk.everything, keepValid=True)
        assert done["recordedCount"] + done["refusedCount"] == len(rows)
        assert 50 < done["recordedCount"] < len(rows) - 50
        assert await desk.count(shape.table.fullname) == before + done["recordedCount"]
        assert len(done["userErrors"]) == 100
        assert await desk.record(rows, str(number), kind=kind, viewer=desk.everything, keepValid=True) == done


async def test_each_of_many_different_values_is_checked(desk: Desk) -> None:
    rows = [
        {"type": "CLICK", "name": "n", "entityType": f"T{number}", "entityId": str(SHOP)} for number in range(6_000)
    ]
    del rows[2_499]["entityId"], rows[5_999]["entityType"]
    told = await desk.refused(rows, kind="AnalyticsEvents", viewer=desk.everything)
    assert [(place, field) for place, field, _ in told] == [(2_499, "entityId"), (5_999, "entityId")]
