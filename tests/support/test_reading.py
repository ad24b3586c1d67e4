"""People mark what they were told as read."""

from __future__ import annotations

from uuid import UUID, uuid4

from tests.identity.asking import Asking, codes
from tests.support.notices import Notices

ONE = """mutation($id: ID!) { markNotificationRead(id: $id) {
  notification { status readAt } userErrors { code field } } }"""
ALL = "mutation { markAllNotificationsRead { count userErrors { code field } } }"


async def sent(notices: Notices, user: UUID) -> UUID:
    return await notices.queue(user, channel="IN_APP", status="SENT", sent_at=notices.now)


async def test_a_notification_is_read_once_and_stays_so(notices: Notices, asking: Asking) -> None:
    ada = await notices.person()
    id_ = await sent(notices, ada)
    first = await asking.by_person(ada)(ONE, id=f"notification_{id_}")
    assert (first["notification"]["status"], first["userErrors"]) == ("READ", [])
    assert await asking(ONE, id=f"notification_{id_}") == first


async def test_only_what_was_sent_to_oneself_can_be_read(notices: Notices, asking: Asking) -> None:
    ada, bob = await notices.person(), await notices.person("Bob")
    theirs, waiting = await sent(notices, bob), await notices.queue(ada)
    for id_, code in ((theirs, "NOT_FOUND"), (uuid4(), "NOT_FOUND"), (waiting, "CONFLICT")):
        assert codes(await asking.by_person(ada)(ONE, id=f"notification_{id_}")) == [(code, "id")]
    assert await notices.status(theirs) == ("SENT", None)


async def test_all_that_was_sent_to_oneself_is_read_at_once(notices: Notices, asking: Asking) -> None:
    ada, bob = await notices.person(), await notices.person("Bob")
    mine, theirs, waiting = await sent(notices, ada), await sent(notices, bob), await notices.queue(ada)
    await sent(notices, ada)
    assert await asking.by_person(ada)(ALL) == {"count": 2, "userErrors": []}
    assert await asking(ALL) == {"count": 0, "userErrors": []}
    assert [(await notices.status(id_))[0] for id_ in (mine, theirs, waiting)] == ["READ", "SENT", "QUEUED"]


async def test_nobody_reads_without_signing_in(notices: Notices, asking: Asking) -> None:
    assert codes(await asking(ALL)) == [("UNAUTHENTICATED", None)]
    assert codes(await asking(ONE, id=f"notification_{uuid4()}")) == [("UNAUTHENTICATED", None)]
