"""Who may record rows of a business."""

from uuid import UUID

from graph.access.viewers import key, person, visitor
from graph.engine.access import ADMIN, ANONYMOUS, Viewer
from tests.ingest.conftest import BUSINESS, RIVAL, SHOP, Desk, metrics

USER = UUID(int=21)
ALLOWED = {
    "an administrator": ADMIN,
    "the staff": person(USER, roles={SHOP: "STAFF"}),
    "a manager": person(USER, roles={SHOP: "MANAGER", RIVAL: "VIEWER"}),
    "an owner": person(USER, roles={SHOP: "OWNER"}),
    **{f"a key for {scope}": key(SHOP, [scope]) for scope in ("*", "business:write", "metrics:write", "metrics")},
}
FORBIDDEN = {
    "a member who only reads": person(USER, roles={SHOP: "VIEWER"}),
    "a member of another business": person(USER, roles={RIVAL: "OWNER"}),
    "somebody": person(USER, roles={}),
    **{f"a key for {scope}": key(SHOP, [scope]) for scope in ("metrics:read", "*:read", "analytics:write", "orders")},
}


async def test_who_may_record(desk: Desk) -> None:
    for name, viewer in ALLOWED.items():
        done = await desk.record(metrics(2), name, viewer=viewer)
        assert (done["recordedCount"], done["userErrors"]) == (2, []), name


async def test_who_sees_the_business_and_may_not_record(desk: Desk) -> None:
    for name, viewer in FORBIDDEN.items():
        assert await told(desk, viewer) == ("FORBIDDEN", "businessId"), name
    assert await desk.count() == 0


async def test_a_key_of_another_business_finds_none(desk: Desk) -> None:
    assert await told(desk, key(RIVAL, ["*"])) == ("NOT_FOUND", "businessId")


async def test_a_business_that_cannot_be_seen_is_missing(desk: Desk) -> None:
    async with desk.shop.database.writes.begin() as connection:
        await connection.exec_driver_sql(f"UPDATE business.businesses SET status = 'INACTIVE' WHERE id = '{SHOP}'")
    for stranger in (person(USER, roles={RIVAL: "OWNER"}), person(USER, roles={}), key(RIVAL, ["*"])):
        assert await told(desk, stranger) == ("NOT_FOUND", "businessId")
    assert await told(desk, person(USER, roles={SHOP: "VIEWER"})) == ("FORBIDDEN", "businessId")
    assert (await desk.record(metrics(1), viewer=person(USER, roles={SHOP: "STAFF"})))["recordedCount"] == 1


async def test_a_business_that_is_not_there_is_missing(desk: Desk) -> None:
    nowhere = f"business_{UUID(int=99)}"
    for viewer in (ADMIN, person(USER, roles={SHOP: "OWNER"}), key(SHOP, ["*"])):
        assert await told(desk, viewer, nowhere) == ("NOT_FOUND", "businessId")


async def test_who_is_nobody_must_sign_in(desk: Desk) -> None:
    for viewer in (ANONYMOUS, visitor(UUID(int=5), chat=UUID(int=6))):
        assert await told(desk, viewer) == ("UNAUTHENTICATED", "businessId")


async def test_scopes_count_for_what_they_name(desk: Desk) -> None:
    event = [{"type": "t", "category": "SALE"}]
    view = [{"type": "CLICK", "name": "n"}]
    for scope, kind, rows, may in (
        ("business_events:write", "BusinessEvents", event, True),
        ("metrics:write", "BusinessEvents", event, False),
        ("analytics:write", "AnalyticsEvents", view, True),
        ("business:write", "AnalyticsEvents", view, False),
    ):
        done = await desk.record(rows, scope, kind=kind, viewer=key(SHOP, [scope]))
        assert [error["code"] for error in done["userErrors"]] == ([] if may else ["FORBIDDEN"]), scope


async def told(desk: Desk, viewer: Viewer, business: str = BUSINESS) -> tuple[str, str]:
    (error,) = (await desk.record(metrics(2), viewer=viewer, businessId=business))["userErrors"]
    return error["code"], error["field"]
