"""Notifications: what is sent when, in which words, and what becomes of what cannot be sent."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from stat import S_IMODE
from typing import Any
from uuid import uuid4

import pytest

from app.mail import Folder
from app.mail.posts import SECONDS
from app.services.accounts.notices import tell
from app.services.accounts.occasion import Occasion
from app.services.accounts.tokens import Given
from app.services.notifying.reasons import GONE, NO_WAY, NOT_ALLOWED
from app.services.notifying.waiting import CHANNELS, DIED, DUE, EXPIRED, MOST_ATTEMPTS, PAUSES
from app.worker.notifications import CLAIM, FORGOTTEN, MOST
from tests.support.notices import Notices


def written(folder: Path) -> list[EmailMessage]:
    """The letters in a folder, the oldest first."""
    found = [message_from_bytes(path.read_bytes(), policy=default) for path in sorted(folder.glob("*.eml"))]
    assert all(isinstance(letter, EmailMessage) for letter in found)
    return [letter for letter in found if isinstance(letter, EmailMessage)]


def text_of(letter: EmailMessage, kind: str = "plain") -> str:
    body = letter.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


async def test_only_channels_in_which_something_is_due_are_told(notices: Notices) -> None:
    user = await notices.person()
    assert await notices.outbox.due() == []
    await notices.queue(user, channel="IN_APP")
    await notices.queue(user, channel="EMAIL", scheduled_at=notices.now + timedelta(hours=1))
    await notices.queue(user, channel="SMS", status="SENT", sent_at=notices.now)
    assert await notices.outbox.due() == ["IN_APP"]
    notices.wait(hours=1)
    assert set(await notices.outbox.due()) == {"IN_APP", "EMAIL"}
    await notices.drain("IN_APP")
    await notices.drain("EMAIL")
    assert await notices.outbox.due() == []


async def test_a_look_at_what_is_due_reads_only_the_index_of_what_waits(notices: Notices) -> None:
    async with notices.database.reads.acquire() as connection:
        await connection.execute("SET enable_seqscan = off")
        plan = await connection.fetch(f"EXPLAIN (COSTS OFF) {DUE}", notices.now, list(CHANNELS))
        await connection.execute("RESET enable_seqscan")
    assert "Index Only Scan using ix_notifications_queued" in str(plan)


async def test_a_notice_in_the_application_is_there_once_it_is_sent(notices: Notices) -> None:
    id_ = await notices.queue(await notices.person(), channel="IN_APP", body=None)
    await notices.drain("IN_APP")
    row = await notices.state(id_)
    assert (row["status"], row["sent_at"], row["title"], row["body"]) == ("SENT", notices.now, "Your order", None)


async def test_a_new_user_finds_the_mail_to_verify_the_address_in_a_file(notices: Notices, tmp_path: Path) -> None:
    user, token = await notices.person(), "agora_t_" + "x" * 43
    async with notices.database.transaction() as session:
        given = Given(token, notices.now + timedelta(hours=24))
        await tell(session, user, "account.verify_email", Occasion(notices.now), given)
    await notices.drain()
    (file,) = (tmp_path / "outbox").iterdir()
    assert file.name.startswith(f"{notices.now:%Y-%m-%dT%H-%M-%SZ}-ada@x.example-")
    assert (S_IMODE(file.stat().st_mode), S_IMODE(file.parent.stat().st_mode)) == (0o600, 0o700)
    assert f"\nhttps://shop.example/verify-email?token={token}\n" in file.read_text().replace("\r", "")


async def test_a_token_is_forgotten_once_it_was_sent_and_no_record_ever_has_it(notices: Notices) -> None:
    user = await notices.person()
    sent = await notices.queue(user, type="SECURITY", data={"template": "account.reset_password", "token": "agora_t_1"})
    kept = await notices.rows("SELECT data FROM support.notifications")
    assert kept == [{"data": {"template": "account.reset_password", "token": "agora_t_1"}}]
    late = await notices.queue(user, data={"token": "agora_t_2"}, expires_at=notices.now)
    await notices.drain()
    assert (await notices.state(sent))["data"] == {"template": "account.reset_password"}
    assert (await notices.state(late))["data"] == {}
    for table in ("ops.audit_logs", "ops.event_logs"):
        rows = await notices.rows(f"SELECT * FROM {table} WHERE entity_type = 'Notification'")
        assert rows
        assert "agora_t_" not in str(rows)


async def test_a_letter_says_who_wrote_it_when_and_to_whom(notices: Notices, tmp_path: Path) -> None:
    user = await notices.person("Zoë", email="zoe@x.example", last_name='Quote" <b@x.example>')
    id_ = await notices.queue(user, business_id=await notices.shop(), url="/orders/7")
    await notices.drain()
    (letter,) = written(tmp_path / "outbox")
    assert letter["From"] == "Lamps & Co <agora@x.example>"
    (to,) = letter["To"].addresses
    assert (to.display_name, to.addr_spec) == ('Zoë Quote" <b@x.example>', "zoe@x.example")
    assert (letter["Subject"], letter["Date"].datetime) == ("Your order", notices.now)
    assert letter["Message-ID"] == f"<{id_}@x.example>"
    assert letter["List-Unsubscribe"] is None
    assert text_of(letter) == "It is packed.\n\nhttps://shop.example/orders/7\n"
    assert '<a href="https://shop.example/orders/7">' in text_of(letter, "html")


async def test_no_value_can_add_a_header_or_markup(notices: Notices, tmp_path: Path) -> None:
    user = await notices.person(first_name="Ada\r\nBcc: eve@x.example")
    title, body = "Hello\r\nBcc: eve@x.example\u2028\x07", "<script>alert(1)</script>\r\n.\r\nDATA"
    await notices.queue(user, title=title, body=body, url="javascript:alert(1)")
    await notices.drain()
    (letter,) = written(tmp_path / "outbox")
    assert letter["Bcc"] is None
    assert letter["Subject"] == "Hello Bcc: eve@x.example"
    assert letter["To"].addresses[0].display_name == "Ada Bcc: eve@x.example L"
    assert text_of(letter) == body.replace("\r\n", "\n") + "\n"
    html = text_of(letter, "html")
    assert "&lt;script&gt;" in html
    assert "<script" not in html
    assert "javascript" not in html


TEXT = {"key": "order.shipped", "channel": "EMAIL", "type": "SHIPMENT", "name": "Shipped"}


async def test_the_text_of_a_kind_is_taken_in_the_language_of_the_person_or_else_of_the_business(
    notices: Notices, tmp_path: Path
) -> None:
    shop = await notices.shop()
    site = await notices.insert(
        "business.sites", business_id=shop, domain="lamps.example", name="Lamps", locale="nl-BE"
    )
    await notices.rows("UPDATE business.businesses SET primary_site_id = :s RETURNING id", s=site)
    for locale in ("de", "de-AT", "nl"):
        await notices.insert(
            "support.notification_templates",
            business_id=shop,
            locale=locale,
            subject=f"{locale} {{{{order.number}}}}",
            body="{{first}}, {{ missing }}{{token}}{{sealed_to}}{{list}}{{trap}} {{business}} {{paid}} {{link}}",
            **TEXT,
        )
    said: dict[str, Any] = {
        "template": "order.shipped",
        "order": {"number": 7},
        "list": [1],
        "trap": "{{first}}",
        "paid": True,
    }
    for name, locale in (("A", "de-AT"), ("B", "de-CH"), ("C", "fr")):
        user = await notices.person(name, locale=locale)
        await notices.queue(user, business_id=shop, data=said, url="https://lamps.example/7")
        notices.wait(seconds=1)
        await notices.drain()
    letters = written(tmp_path / "outbox")
    assert [letter["Subject"] for letter in letters] == ["de-AT 7", "de 7", "nl 7"]
    assert text_of(letters[0]) == "A, {{first}} Lamps & Co yes https://lamps.example/7\n"


async def test_without_a_text_of_its_kind_a_notice_says_its_own_words(notices: Notices, tmp_path: Path) -> None:
    shop, other = await notices.shop(), await notices.shop(name="Other", slug="other")
    off = {**TEXT, "subject": "no", "body": "no", "is_active": False}
    await notices.insert("support.notification_templates", business_id=shop, **off)
    await notices.insert("support.notification_templates", business_id=other, **{**off, "is_active": True})
    await notices.queue(await notices.person(), business_id=shop, data={"template": "order.shipped"})
    await notices.drain()
    (letter,) = written(tmp_path / "outbox")
    assert (letter["Subject"], text_of(letter)) == ("Your order", "It is packed.\n")


async def test_a_text_may_be_named_by_its_row_and_is_kept_as_what_is_read_in_the_application(notices: Notices) -> None:
    shop = await notices.shop()
    text = {**TEXT, "channel": "IN_APP", "subject": "{{n}}" * 300, "body": "Ticket {{n}}"}
    template = await notices.insert("support.notification_templates", business_id=shop, **text)
    id_ = await notices.queue(
        await notices.person(), business_id=shop, template_id=template, channel="IN_APP", data={"n": 5}
    )
    await notices.drain("IN_APP")
    row = await notices.state(id_)
    assert (row["title"], row["body"]) == ("5" * 255, "Ticket 5")


async def test_what_no_way_is_set_up_for_fails_at_once_with_that_sentence(notices: Notices) -> None:
    user = await notices.person(phone="+4915112345678")
    sms, push = [await notices.queue(user, channel=channel) for channel in ("SMS", "PUSH")]
    await notices.drain("SMS")
    await notices.drain("PUSH")
    assert await notices.status(sms) == ("FAILED", NO_WAY["SMS"])
    assert await notices.status(push) == ("FAILED", NO_WAY["PUSH"])


async def test_what_has_no_more_meaning_is_not_sent(notices: Notices, tmp_path: Path) -> None:
    id_ = await notices.queue(await notices.person(), expires_at=notices.now)
    await notices.drain()
    assert await notices.status(id_) == ("EXPIRED", EXPIRED)
    assert written(tmp_path / "outbox") == []


async def test_advertising_goes_to_those_who_said_yes_and_how_to_say_no_stands_in_it(
    notices: Notices, tmp_path: Path
) -> None:
    shop = await notices.shop()
    answers: dict[str, list[tuple[bool, bool]]] = {
        "Yes": [(True, False)],
        "Never": [],
        "No": [(False, False)],
        "Withdrawn": [(True, True)],
        "Again": [(True, True), (True, False)],
    }
    became = {}
    for name, given in answers.items():
        user = await notices.person(name)
        for granted, ended in given:
            await notices.insert(
                "identity.gdpr_consents",
                user_id=user,
                business_id=shop,
                purpose="EMAIL_MARKETING",
                is_granted=granted,
                source="SETTINGS",
                given_at=notices.now,
                ended_at=notices.now if ended else None,
            )
        became[name] = await notices.queue(user, type="MARKETING", business_id=shop)
    elsewhere = await notices.queue(await notices.person("Elsewhere"), type="MARKETING")
    await notices.drain()
    sent = {name for name, id_ in became.items() if await notices.status(id_) == ("SENT", None)}
    assert sent == {"Yes", "Again"}
    assert await notices.status(became["No"]) == ("FAILED", NOT_ALLOWED)
    assert await notices.status(elsewhere) == ("FAILED", NOT_ALLOWED)
    page = f"<https://shop.example/unsubscribe?purpose=EMAIL_MARKETING&business=business_{shop}>"
    assert {letter["List-Unsubscribe"] for letter in written(tmp_path / "outbox")} == {page}


async def test_a_customer_who_agreed_in_the_shop_gets_advertising_until_withdrawing_it(notices: Notices) -> None:
    shop, user = await notices.shop(), await notices.person()
    customer = await notices.insert(
        "customers.customers", business_id=shop, user_id=user, email="ada@x.example", accepts_email_marketing=True
    )
    first = await notices.queue(user, type="MARKETING", business_id=shop)
    await notices.drain()
    await notices.insert(
        "identity.gdpr_consents",
        business_id=shop,
        customer_id=customer,
        purpose="EMAIL_MARKETING",
        is_granted=False,
        source="SETTINGS",
    )
    second = await notices.queue(user, type="MARKETING", business_id=shop)
    await notices.drain()
    assert [(await notices.status(id_))[0] for id_ in (first, second)] == ["SENT", "FAILED"]


async def test_security_goes_to_whoever_it_is_about_whatever_they_allow(notices: Notices) -> None:
    user = await notices.person()
    await notices.insert(
        "identity.gdpr_consents", user_id=user, purpose="EMAIL_MARKETING", is_granted=False, source="SETTINGS"
    )
    id_ = await notices.queue(user, type="SECURITY")
    await notices.drain()
    assert await notices.status(id_) == ("SENT", None)


async def test_the_notice_of_an_erasure_goes_to_the_address_that_was_sealed_which_is_forgotten_then(
    notices: Notices, tmp_path: Path
) -> None:
    user = await notices.person(email="erased@x.example", deleted_at=notices.now)
    sealed = {"template": "privacy.erased", "sealed_to": notices.vault.seal("ada@home.example")}
    sent = await notices.queue(user, type="SECURITY", data=sealed)
    lost = await notices.queue(user, type="SECURITY", data={"sealed_to": "of another secret"})
    plain = await notices.queue(user, type="SECURITY")
    await notices.drain()
    (letter,) = written(tmp_path / "outbox")
    assert letter["To"] == "ada@home.example"
    assert (await notices.state(sent))["data"] == {"template": "privacy.erased"}
    assert await notices.status(lost) == ("FAILED", FORGOTTEN)
    assert await notices.status(plain) == ("FAILED", GONE)


@pytest.mark.parametrize("address", ["a,b@x.example", "<a@x.example", "a@-x..example", "(a)@x.example"])
async def test_an_address_that_is_none_fails_and_holds_nobody_up(notices: Notices, address: str) -> None:
    bad = await notices.queue(await notices.person("Bad", email=address))
    good = await notices.queue(await notices.person())
    await notices.drain()
    assert await notices.status(bad) == ("FAILED", "The address is none that mail can be sent to.")
    assert (await notices.status(good))[0] == "SENT"


async def test_what_kills_the_process_each_time_is_given_up(notices: Notices) -> None:
    id_ = await notices.queue(await notices.person(), attempt_count=MOST_ATTEMPTS)
    await notices.drain()
    assert await notices.status(id_) == ("FAILED", DIED)


async def test_a_folder_that_cannot_be_written_to_is_tried_again(notices: Notices, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    notices.post = Folder(tmp_path / "file" / "outbox")
    id_ = await notices.queue(await notices.person())
    await notices.drain()
    row = await notices.state(id_)
    assert (row["status"], row["scheduled_at"], row["attempt_count"]) == ("QUEUED", notices.now + PAUSES[0], 1)
    notices.post = Folder(tmp_path / "outbox")
    notices.wait(minutes=1)
    await notices.drain()
    assert await notices.status(id_) == ("SENT", None)


async def test_hundreds_are_sent_once_each_though_two_send_at_once(notices: Notices, tmp_path: Path) -> None:
    user = await notices.person()
    for number in range(130):
        await notices.queue(user, title=f"Order {number}")
    await asyncio.gather(notices.drain(), notices.drain())
    assert len({letter["Message-ID"] for letter in written(tmp_path / "outbox")}) == 130
    assert await notices.rows("SELECT DISTINCT status, attempt_count FROM support.notifications") == [
        {"status": "SENT", "attempt_count": 1}
    ]


async def test_an_unknown_channel_has_nothing_to_send(notices: Notices) -> None:
    id_ = await notices.queue(await notices.person())
    await notices.drain(str(uuid4()))
    assert await notices.status(id_) == ("QUEUED", None)


def test_a_claim_lasts_longer_than_all_that_is_claimed_at_once_may_take() -> None:
    assert timedelta(seconds=MOST * SECONDS) < CLAIM
