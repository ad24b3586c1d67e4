"""A chat from the first click to the rating, as visitor and as staff, and what is refused."""

from datetime import UTC, datetime, timedelta

import pytest

from app.services.chat.browsers import browser, device
from app.services.chat.widgets import is_allowed
from graph.client import Client
from graph.engine.access import ANONYMOUS
from tests.chat.chats import Chats, uuid_of
from tests.doing import BROWSER, NOBODY

NO_CHAT = f"chat_session_{NOBODY}"


async def test_a_chat_from_beginning_to_end(chats: Chats) -> None:
    shop = await chats.shop()
    chat = await chats.opened(shop, visitor={"name": "Zoe"}, message="Where is my parcel?", clientMessageId="a")
    await chats.accepted(chat)
    await chats.says(shop.staff, chat, "It left yesterday.")
    await chats.says(shop.staff, chat, "She sounds cross.", isInternal=True)
    await chats.says(chat.visitor, chat, "Thank you!")
    ended = await chats.did(shop.staff, "endChat", sessionId=chat.id)
    assert (ended["session"]["status"], ended["session"]["endReason"]) == ("ENDED", "RESOLVED")
    rated = await chats.did(chat.visitor, "rateChat", sessionId=chat.id, rating=5, feedback="Quick.")
    assert (rated["session"]["satisfactionRating"], rated["session"]["feedback"]) == (5, "Quick.")
    entries = [(entry["type"], entry["staffSeq"], entry["visitorSeq"]) for entry in await chats.log(chat)]
    assert entries == [
        ("STARTED", "1", "1"),
        ("MESSAGE_SENT", "2", "2"),
        ("QUEUED", "3", "3"),
        ("ASSIGNED", "4", "4"),
        ("JOINED", "5", "5"),
        ("MESSAGE_SENT", "6", "6"),
        ("NOTE_ADDED", "7", None),
        ("MESSAGE_SENT", "8", "7"),
        ("ENDED", "9", "8"),
        ("RATED", "10", "9"),
    ]
    seen = await chats.log(chat, chat.visitor)
    assert [entry["visitorSeq"] for entry in seen] == [str(number) for number in range(1, 10)]
    assert {entry["staffSeq"] for entry in seen} == {None}
    assert "cross" not in str(seen)


async def test_a_visitor_gets_a_token_and_a_name_to_keep(chats: Chats) -> None:
    shop = await chats.shop()
    chat = await chats.opened(shop, visitor={"name": " Zoe ", "email": "Zoe@X.example", "language": "de-AT"})
    assert chat.token.startswith("agora_v_") and chat.visitor_key is not None and len(chat.visitor_key) >= 16
    (row,) = await chats.run(
        "SELECT v.name, v.email, s.language, s.device_type, s.browser, host(s.ip_address) AS ip, s.token_hash "
        "FROM chat.chat_sessions AS s JOIN chat.visitors AS v ON v.id = s.visitor_id WHERE s.id = $1",
        uuid_of(chat.id),
    )
    assert chat.token not in row.pop("token_hash")
    assert row == {
        "name": "Zoe",
        "email": "zoe@x.example",
        "language": "de-AT",
        "device_type": "DESKTOP",
        "browser": "Firefox 140",
        "ip": "192.0.2.7",
    }


async def test_a_visitor_who_comes_again_is_the_same_and_their_chats_are_apart(chats: Chats) -> None:
    shop = await chats.shop()
    first = await chats.opened(shop, visitor={"name": "Zoe"})
    again = await chats.opened(shop, visitor={"key": first.visitor_key, "phone": "+4930123456"})
    assert again.visitor.params["visitor"] == first.visitor.params["visitor"]
    (row,) = await chats.run("SELECT name, phone, visit_count FROM chat.visitors WHERE key = $1", first.visitor_key)
    assert row == {"name": "Zoe", "phone": "+4930123456", "visit_count": 2}
    assert await chats.refused(first.visitor, "endChat", sessionId=again.id) == [("NOT_FOUND", "sessionId")]


async def test_who_does_not_agree_is_not_remembered_where_that_is_required(chats: Chats) -> None:
    shop = await chats.shop(is_consent_required=True)
    key = "browser-of-zoe-0123456789"
    stranger = await chats.opened(
        shop, visitor={"key": key, "timeZone": "Europe/Vienna"}, referrer="https://x.example/"
    )
    assert stranger.visitor_key is None
    (kept,) = await chats.run(
        "SELECT v.key = $2 AS is_known, s.browser, s.ip_address, s.referrer, v.time_zone FROM chat.chat_sessions AS s "
        "JOIN chat.visitors AS v ON v.id = s.visitor_id WHERE s.id = $1",
        *(uuid_of(stranger.id), key),
    )
    assert kept == {"is_known": False, "browser": None, "ip_address": None, "referrer": None, "time_zone": None}
    known = await chats.opened(shop, visitor={"key": key, "consents": True})
    again = await chats.opened(shop, visitor={"key": key})
    assert known.visitor_key == again.visitor_key == key
    assert known.visitor.params["visitor"] == again.visitor.params["visitor"] != stranger.visitor.params["visitor"]


async def test_a_barred_visitor_opens_no_chat(chats: Chats) -> None:
    shop = await chats.shop()
    chat = await chats.opened(shop)
    await chats.run("UPDATE chat.visitors SET blocked_at = now() WHERE key = $1", chat.visitor_key)
    given = {"widgetKey": shop.widget_key, "visitor": {"key": chat.visitor_key}}
    assert await chats.refused(ANONYMOUS, "startChat", **given) == [("FORBIDDEN", "visitor")]


async def test_a_widget_is_for_the_sites_it_names_and_for_programs(chats: Chats) -> None:
    shop = await chats.shop(allowed_domains=["shop.example", "*.shops.example"])

    def at(origin: str | None) -> Client:
        return BROWSER._replace(origin=origin)

    await chats.did(ANONYMOUS, "startChat", client=at(None), widgetKey=shop.widget_key)
    await chats.did(ANONYMOUS, "startChat", client=at("https://shop.example"), widgetKey=shop.widget_key)
    refused = await chats.refused(ANONYMOUS, "startChat", client=at("https://evil.example"), widgetKey=shop.widget_key)
    assert refused == [("FORBIDDEN", "widgetKey")]
    await chats.run("UPDATE chat.chat_widgets SET is_active = false WHERE id = $1", shop.widget)
    assert await chats.refused(ANONYMOUS, "startChat", widgetKey=shop.widget_key) == [("NOT_FOUND", "widgetKey")]


@pytest.mark.parametrize(
    ("origin", "is_for"),
    [
        ("https://shop.example", True),
        ("http://SHOP.example:8080", True),
        ("https://a.shops.example", True),
        ("https://a.b.shops.example", True),
        ("https://shops.example", False),
        ("https://www.shop.example", False),
        ("https://shop.example.evil.example", False),
        ("https://evilshop.example", False),
        ("https://evilshops.example", False),
        ("https://shop.example@evil.example", False),
        ("null", False),
        ("https://[", False),
        ("", False),
    ],
)
def test_a_site_is_named_exactly_or_by_what_it_is_below(origin: str, is_for: bool) -> None:
    assert is_allowed(origin, ["shop.example", "*.shops.example"]) is is_for


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"visitor": {"key": "short"}}, "visitor.key"),
        ({"visitor": {"key": "with spaces and such"}}, "visitor.key"),
        ({"visitor": {"email": "nobody"}}, "visitor.email"),
        ({"visitor": {"phone": "030 1234"}}, "visitor.phone"),
        ({"visitor": {"name": "x" * 201}}, "visitor.name"),
        ({"visitor": {"language": "not a language"}}, "visitor.language"),
        ({"language": "x"}, "language"),
        ({"subject": "x" * 201}, "subject"),
        ({"pageUrl": "x" * 2_001}, "pageUrl"),
        ({"pageUrl": " " * 300_000 + "x"}, "pageUrl"),
        ({"referrer": "x" * 2_001}, "referrer"),
        ({"referrer": " " * 300_000}, "referrer"),
        ({"message": "x" * 16_385}, "message"),
        ({"message": "Hello", "clientMessageId": ""}, "clientMessageId"),
    ],
)
async def test_what_is_wrong_with_an_opening_is_said(chats: Chats, given: dict[str, object], field: str) -> None:
    shop = await chats.shop()
    refused = await chats.refused(ANONYMOUS, "startChat", widgetKey=shop.widget_key, **given)
    assert refused == [("BAD_USER_INPUT", field)]


@pytest.mark.parametrize(
    ("agent", "name", "kind"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox 140", "DESKTOP"),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0",
            "Edge 138",
            "DESKTOP",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604.1",
            "Safari 18",
            "MOBILE",
        ),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/138.0.0.0 Safari/537.36", "Chrome 138", "TABLET"),
        (
            "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/138.0.0.0 Mobile Safari/537.36",
            "Chrome 138",
            "MOBILE",
        ),
        ("curl/8.14", None, "OTHER"),
        (None, None, "OTHER"),
    ],
)
def test_browsers_are_known_by_what_they_say(agent: str | None, name: str | None, kind: str) -> None:
    assert (browser(agent), device(agent)) == (name, kind)


async def test_a_visitor_who_leaves_before_an_answer_abandons_the_chat(chats: Chats) -> None:
    shop = await chats.shop()
    waiting, answered = await chats.opened(shop), await chats.answered(shop)
    await chats.says(shop.staff, answered)
    left = await chats.did(waiting.visitor, "endChat", sessionId=waiting.id)
    assert (left["session"]["status"], left["session"]["endReason"]) == ("ABANDONED", "VISITOR_LEFT")
    ended = await chats.did(answered.visitor, "endChat", sessionId=answered.id, reason="RESOLVED")
    assert (ended["session"]["status"], ended["session"]["endReason"]) == ("ENDED", "RESOLVED")
    assert (await chats.types(waiting))[-1] == "ABANDONED"


async def test_at_the_end_everybody_but_the_visitor_leaves(chats: Chats) -> None:
    shop = await chats.shop()
    chat = await chats.answered(shop)
    await chats.did(shop.staff, "endChat", sessionId=chat.id, reason="SPAM")
    there = "SELECT type, left_at IS NULL AS is_there FROM chat.chat_participants WHERE session_id = $1 ORDER BY type"
    assert await chats.run(there, uuid_of(chat.id)) == [
        {"type": "AGENT", "is_there": False},
        {"type": "VISITOR", "is_there": True},
    ]


async def test_what_a_chat_that_is_over_still_allows(chats: Chats) -> None:
    shop = await chats.shop()
    chat = await chats.answered(shop)
    mine = await chats.says(chat.visitor, chat)
    await chats.did(shop.staff, "endChat", sessionId=chat.id)
    over = [("CONFLICT", "sessionId")]
    assert await chats.refused(chat.visitor, "sendChatMessage", sessionId=chat.id) == over
    assert await chats.refused(shop.staff, "endChat", sessionId=chat.id) == over
    assert await chats.refused(chat.visitor, "setTyping", sessionId=chat.id) == over
    assert await chats.refused(chat.visitor, "editChatMessage", id=mine, content="Oh.") == [("CONFLICT", "id")]
    await chats.says(shop.staff, chat, "A bot, I think.", isInternal=True)
    await chats.did(chat.visitor, "deleteChatMessage", id=mine)
    await chats.did(chat.visitor, "rateChat", sessionId=chat.id, rating=1)
    await chats.did(chat.visitor, "rateChat", sessionId=chat.id, rating=4)
    assert (await chats.types(chat, chat.visitor))[-4:] == ["ENDED", "MESSAGE_REDACTED", "RATED", "RATED"]


async def test_a_chat_that_is_over_is_opened_again(chats: Chats) -> None:
    shop = await chats.shop()
    chat = await chats.answered(shop)
    assert await chats.refused(chat.visitor, "reopenChat", sessionId=chat.id) == [("CONFLICT", "sessionId")]
    await chats.did(shop.staff, "endChat", sessionId=chat.id)
    again = await chats.did(chat.visitor, "reopenChat", sessionId=chat.id)
    assert (again["session"]["status"], again["session"]["endReason"]) == ("QUEUED", None)
    assert (await chats.log(chat, chat.visitor))[-1]["payload"] == {"status": {"old": "ENDED", "new": "QUEUED"}}
    await chats.says(chat.visitor, chat, "One more thing.")
    await chats.accepted(chat)
    assert (await chats.types(chat))[-4:] == ["REOPENED", "MESSAGE_SENT", "ASSIGNED", "JOINED"]


async def test_only_the_visitor_rates_and_only_what_is_over(chats: Chats) -> None:
    shop = await chats.shop()
    chat = await chats.answered(shop)
    assert await chats.refused(chat.visitor, "rateChat", sessionId=chat.id) == [("CONFLICT", "sessionId")]
    await chats.did(shop.staff, "endChat", sessionId=chat.id)
    assert await chats.refused(shop.staff, "rateChat", sessionId=chat.id) == [("FORBIDDEN", "sessionId")]
    for rating in (0, 6):
        refused = await chats.refused(chat.visitor, "rateChat", sessionId=chat.id, rating=rating)
        assert refused == [("BAD_USER_INPUT", "rating")]


async def test_a_visitor_gives_no_reason_that_is_the_staffs(chats: Chats) -> None:
    chat = await chats.opened(await chats.shop())
    refused = await chats.refused(chat.visitor, "endChat", sessionId=chat.id, reason="SPAM")
    assert refused == [("FORBIDDEN", "reason")]


async def test_details_are_told_to_both_sides_and_tags_to_staff_alone(chats: Chats) -> None:
    shop = await chats.shop()
    chat = await chats.answered(shop)
    given = {"subject": " A parcel ", "tags": ["late", "dhl", "late"], "language": "de"}
    changed = await chats.did(shop.staff, "updateChatDetails", sessionId=chat.id, **given)
    assert {name: changed["session"][name] for name in given} == {
        "subject": "A parcel",
        "tags": ["late", "dhl"],
        "language": "de",
    }
    *_, details, tags = await chats.log(chat)
    assert (details["type"], details["payload"]) == (
        "DETAILS_CHANGED",
        {"subject": {"old": None, "new": "A parcel"}, "language": {"old": "en", "new": "de"}},
    )
    assert (tags["type"], tags["visitorSeq"]) == ("TAGS_CHANGED", None)
    assert tags["payload"] == {"tags": ["late", "dhl"], "added": ["late", "dhl"], "removed": []}
    await chats.did(shop.staff, "updateChatDetails", sessionId=chat.id, **given)
    assert len(await chats.log(chat)) == int(tags["staffSeq"]), "nothing is logged where nothing changed"
    seen = await chats.did(chat.visitor, "updateChatDetails", sessionId=chat.id, subject="")
    assert (seen["session"]["subject"], seen["session"]["tags"]) == (None, None)
    refused = await chats.refused(chat.visitor, "updateChatDetails", sessionId=chat.id, tags=["vip"])
    assert refused == [("FORBIDDEN", "tags")]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"subject": "x" * 201}, "subject"),
        ({"language": "german!"}, "language"),
        ({"tags": ["x"] * 21}, "tags"),
        ({"tags": [" "]}, "tags"),
        ({"tags": ["x" * 51]}, "tags"),
    ],
)
async def test_what_is_wrong_with_details_is_said(chats: Chats, given: dict[str, object], field: str) -> None:
    shop = await chats.shop()
    chat = await chats.opened(shop)
    refused = await chats.refused(shop.staff, "updateChatDetails", sessionId=chat.id, **given)
    assert refused == [("BAD_USER_INPUT", field)]


STEPS = ["sendChatMessage", "markChatRead", "setTyping", "endChat", "rateChat", "reopenChat", "updateChatDetails"]


@pytest.mark.parametrize("step", STEPS)
async def test_a_step_needs_somebody_who_sees_the_chat(chats: Chats, step: str) -> None:
    shop, other = await chats.shop(), await chats.shop()
    chat, beside = await chats.opened(shop), await chats.opened(shop)
    missing = [("NOT_FOUND", "sessionId")]
    assert await chats.refused(ANONYMOUS, step, sessionId=chat.id) == [("UNAUTHENTICATED", None)]
    for viewer in (beside.visitor, other.staff, await chats.person("Eve")):
        assert await chats.refused(viewer, step, sessionId=chat.id) == missing
    assert await chats.refused(shop.staff, step, sessionId=NO_CHAT) == missing


async def test_the_times_of_a_chat_are_in_order_though_clocks_differ(chats: Chats) -> None:
    shop = await chats.shop()
    chat = await chats.answered(shop)
    ahead = datetime.now(UTC) + timedelta(hours=1)
    await chats.run(
        "UPDATE chat.chat_sessions SET started_at = $2, queued_at = $2, assigned_at = $2 WHERE id = $1",
        *(uuid_of(chat.id), ahead),
    )
    await chats.says(shop.staff, chat)
    await chats.did(shop.staff, "endChat", sessionId=chat.id)
    (row,) = await chats.run(
        "SELECT started_at <= first_response_at AND assigned_at <= ended_at AS is_fine FROM chat.chat_sessions "
        "WHERE id = $1",
        uuid_of(chat.id),
    )
    assert row == {"is_fine": True}
