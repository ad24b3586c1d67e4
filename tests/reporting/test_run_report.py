"""Having a report made: who may, and what comes of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from graph.access import viewers
from graph.engine.access import Viewer
from tests.identity.asking import Asking, codes
from tests.reporting.conftest import Press

RUN = """mutation($id: ID!) { runReport(id: $id) {
  reportRun { id status format periodEndsOn requestedBy { firstName } } userErrors { code field message } } }"""


def member(user: UUID, shop: UUID, role: str) -> Viewer:
    return viewers.person(user, roles={shop: role})


async def test_a_manager_has_a_report_made_and_it_is_sent(press: Press, asking: Asking) -> None:
    shop, ada = await press.shop(), await press.person()
    report = await press.report(shop, schedule="WEEKLY", recipients=["ada@x.example"])
    press.now = datetime.now(UTC)
    answer = await asking.by(member(ada, shop, "MANAGER"))(RUN, id=f"report_{report}")
    assert answer["userErrors"] == []
    assert (answer["reportRun"]["status"], answer["reportRun"]["requestedBy"]) == ("RUNNING", {"firstName": "Ada"})
    last = date.fromisoformat(answer["reportRun"]["periodEndsOn"])
    assert last.strftime("%A") == "Sunday"

    again = await asking(RUN, id=f"report_{report}")
    assert codes(again) == [("CONFLICT", "id")]
    press.now = datetime.now(UTC)
    await press.run_all()
    (run,) = await press.runs()
    assert (run["status"], run["scheduled_for"], run["requested_by_id"]) == ("SUCCEEDED", None, ada)
    assert run["sent_at"] is not None
    assert codes(await asking(RUN, id=f"report_{report}")) == []


VIEWERS: dict[str, Any] = {
    "an owner": (lambda user, shop: member(user, shop, "OWNER"), []),
    "an administrator": (lambda user, shop: Viewer(viewers.ADMIN, {"user": user}), []),
    "a key that writes reports": (lambda user, shop: viewers.key(shop, ["reports:write"]), []),
    "a key for everything": (lambda user, shop: viewers.key(shop, ["*"]), []),
    "staff": (lambda user, shop: member(user, shop, "STAFF"), [("FORBIDDEN", "id")]),
    "a key that reads": (lambda user, shop: viewers.key(shop, ["reporting:read"]), [("FORBIDDEN", "id")]),
    "who only looks": (lambda user, shop: member(user, shop, "VIEWER"), [("NOT_FOUND", "id")]),
    "a manager elsewhere": (lambda user, shop: member(user, uuid4(), "MANAGER"), [("NOT_FOUND", "id")]),
    "a key of another business": (lambda user, shop: viewers.key(uuid4(), ["*"]), [("NOT_FOUND", "id")]),
    "a key for orders": (lambda user, shop: viewers.key(shop, ["orders:write"]), [("NOT_FOUND", "id")]),
    "a person": (lambda user, shop: viewers.person(user, roles={}), [("NOT_FOUND", "id")]),
    "nobody": (lambda user, shop: Viewer(viewers.ANONYMOUS), [("UNAUTHENTICATED", None)]),
}


@pytest.mark.parametrize("who", VIEWERS)
async def test_who_may_have_a_report_made(press: Press, asking: Asking, who: str) -> None:
    shop, ada = await press.shop(), await press.person()
    report = await press.report(shop)
    viewer, expected = VIEWERS[who]
    assert codes(await asking.by(viewer(ada, shop))(RUN, id=f"report_{report}")) == expected
    assert len(await press.runs()) == (0 if expected else 1)


async def test_a_report_that_is_not_there_is_not_found(press: Press, asking: Asking) -> None:
    admin = Viewer(viewers.ADMIN, {"user": await press.person()})
    assert codes(await asking.by(admin)(RUN, id=f"report_{uuid4()}")) == [("NOT_FOUND", "id")]
