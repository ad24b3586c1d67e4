"""Mail over real servers: what they are told, and what becomes of a letter that they do not take."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import text

from app.mail import Folder, Letter, Smtp, Unavailable, Undeliverable, composed
from app.mail.letters import LONGEST_LINE, sender_of
from app.mail.office import Office
from app.mail.posts import NO_SERVER, BadUrl, Way
from app.services.notifying.waiting import PAUSES
from app.settings import Settings
from app.worker.notifications import CLAIM
from tests.support.notices import Notices
from tests.support.servers import Mailbox, certified, listening

SENDER, AT = sender_of("Agora <agora@x.example>"), datetime(2026, 11, 30, 4, tzinfo=UTC)
LETTER = Letter("1", "ada@x.example", "Ada", "Hello", "Good morning.")


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    """A server that takes everything."""
    async with listening(Mailbox()) as mailbox:
        yield mailbox


def plain(mailbox: Mailbox, seconds: float = 5) -> Smtp:
    return Smtp(Way("127.0.0.1", mailbox.port, "if offered"), seconds)


async def sent(post: Smtp, letter: Letter = LETTER) -> None:
    """Send the letter. Raises as the way does."""
    async with Office(post, SENDER, "https://shop.example").opened() as mail:
        await mail(letter, AT)


async def refusal(post: Smtp, letter: Letter = LETTER) -> tuple[type[Exception], str]:
    with pytest.raises((Undeliverable, Unavailable)) as raised:
        await sent(post, letter)
    return raised.type, str(raised.value)


async def test_a_letter_arrives_as_it_was_written(mailbox: Mailbox) -> None:
    await sent(plain(mailbox))
    (letter,), (envelope,) = mailbox.letters, mailbox.envelopes
    assert (letter["Subject"], letter["To"], letter["Message-ID"]) == ("Hello", "Ada <ada@x.example>", "<1@x.example>")
    assert (envelope.mail_from, envelope.rcpt_tos) == ("agora@x.example", ["ada@x.example"])
    body = letter.get_body(("plain",))
    assert body is not None
    assert body.get_content() == "Good morning.\r\n"


async def test_letters_share_a_connection(mailbox: Mailbox) -> None:
    async with Office(plain(mailbox), SENDER, "").opened() as mail:
        for number in range(3):
            await mail(Letter(str(number), "ada@x.example", "", "Hello", "Hi"), AT)
    assert (len(mailbox.letters), mailbox.connections) == (3, 1)


async def test_after_a_refusal_the_next_letter_goes_on(mailbox: Mailbox) -> None:
    mailbox.refuses["gone@x.example"] = "550 no such user as gone@x.example here"
    async with Office(plain(mailbox), SENDER, "").opened() as mail:
        with pytest.raises(Undeliverable) as raised:
            await mail(Letter("1", "gone@x.example", "", "Hello", "Hi"), AT)
        await mail(LETTER, AT)
    assert str(raised.value) == "The mail server refused the address (550)."
    assert len(mailbox.letters) == 1


async def test_what_a_server_refuses_for_now_may_be_tried_again_and_what_it_refuses_for_good_not(
    mailbox: Mailbox,
) -> None:
    mailbox.refuses["ada@x.example"] = "451 come back later"
    assert (await refusal(plain(mailbox)))[0] is Unavailable
    mailbox.refuses.clear()
    mailbox.answer = "452 too much"
    assert (await refusal(plain(mailbox)))[0] is Unavailable
    mailbox.answer = "554 looks like spam"
    assert await refusal(plain(mailbox)) == (Undeliverable, "The mail server refused the message (554).")


async def test_a_server_that_hangs_up_is_slow_or_not_there_may_be_tried_again(mailbox: Mailbox) -> None:
    mailbox.drops = True
    assert await refusal(plain(mailbox)) == (Unavailable, NO_SERVER)
    mailbox.drops, mailbox.seconds = False, 5
    assert await refusal(plain(mailbox, 0.2)) == (Unavailable, NO_SERVER)
    async with listening(Mailbox()) as gone:
        port = gone.port
    assert await refusal(Smtp(Way("127.0.0.1", port, "if offered"))) == (Unavailable, NO_SERVER)


async def test_letters_are_encrypted_from_the_start_or_by_starttls() -> None:
    server, client = certified("127.0.0.1")
    async with listening(Mailbox(), tls=server) as mailbox:
        await sent(Smtp(Way("127.0.0.1", mailbox.port, "from the start"), context=client))
        assert mailbox.connections == 1
    async with listening(Mailbox(), starttls=server, require_starttls=True) as mailbox:
        await sent(Smtp(Way("127.0.0.1", mailbox.port, "by STARTTLS"), context=client))
        assert mailbox.was_secure == [True]


async def test_nothing_is_told_to_a_server_that_offers_no_encryption_or_is_another(mailbox: Mailbox) -> None:
    assert (await refusal(Smtp(Way("127.0.0.1", mailbox.port, "by STARTTLS"))))[0] is Unavailable
    server, _ = certified("127.0.0.1")
    async with listening(Mailbox(), tls=server) as stranger:
        assert (await refusal(Smtp(Way("127.0.0.1", stranger.port, "from the start"))))[0] is Unavailable
    assert [*mailbox.letters, *stranger.letters] == []


async def test_who_has_a_password_signs_in() -> None:
    server, client = certified("127.0.0.1")
    async with listening(box := Mailbox(), starttls=server, authenticator=box.authenticate, auth_required=True):
        way = Way.of(f"smtp://shop%40x.example:a%20word%2Fwith%20%40%20signs@127.0.0.1:{box.port}")
        await sent(Smtp(way, context=client))
        wrong = Way.of(f"smtp://shop:wrong@127.0.0.1:{box.port}")
        assert (await refusal(Smtp(wrong, context=client)))[0] is Unavailable
    assert box.users[0] == b"shop@x.example"
    assert len(box.letters) == 1


async def test_letters_beyond_ascii_are_read_as_they_were_written(mailbox: Mailbox) -> None:
    letter = Letter("1", "zoe@übung.example", "Zoë", "Grüße ☀" * 40, "Hallö\n.\n" + "x" * 2 * LONGEST_LINE)
    await sent(plain(mailbox), letter)
    (found,) = mailbox.letters
    assert (found["Subject"], found["To"].addresses[0].display_name) == (letter.subject[:255], "Zoë")
    assert mailbox.envelopes[0].rcpt_tos == ["zoe@xn--bung-zra.example"]
    body = found.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == letter.text.splitlines()


async def test_an_address_beyond_ascii_needs_a_server_that_knows_such() -> None:
    letter = Letter("1", "zoë@x.example", "", "Hello", "Hi")
    async with listening(Mailbox(), enable_SMTPUTF8=True) as mailbox:
        await sent(plain(mailbox), letter)
        assert mailbox.envelopes[0].rcpt_tos == ["zoë@x.example"]
    async with listening(Mailbox()) as mailbox:
        assert (await refusal(plain(mailbox), letter))[0] is Undeliverable


def test_a_letter_is_the_same_whenever_it_is_written() -> None:
    assert composed(LETTER, SENDER, AT)["Message-ID"] == composed(LETTER, SENDER, AT + timedelta(days=1))["Message-ID"]


@pytest.mark.parametrize(
    ("url", "way"),
    [
        ("smtps://u:p%40@mail.example", Way("mail.example", 465, "from the start", "u", "p@")),
        ("smtp://mail.example", Way("mail.example", 587, "by STARTTLS")),
        ("smtp://localhost:1025", Way("localhost", 1025, "if offered")),
    ],
)
def test_a_server_is_named_by_a_url(url: str, way: Way) -> None:
    assert Way.of(url) == way
    assert "p@" not in repr(way)


@pytest.mark.parametrize(
    "url", ["mail.example", "http://u:hush@mail.example", "smtp://", "smtps://u:hush@mail.example:x", "smtp://h/path?q"]
)
def test_what_is_no_url_of_a_server_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(BadUrl) as raised:
        Way.of(url)
    assert "hush" not in str(raised.value)


def configured(**given: Any) -> Settings:
    return Settings(**given)


def test_settings_say_what_is_wrong_with_them(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="must be like smtps://"):
        configured(smtp_url="ftp://mail.example", mail_from="a@x.example")
    with pytest.raises(ValidationError, match="must be given with AGORA_SMTP_URL"):
        configured(smtp_url="smtps://mail.example")
    for sender in ("agora", "a@x.example\nBcc: b@x.example", "<>"):
        with pytest.raises(ValidationError, match="must be like Agora"):
            configured(mail_from=sender)
    with pytest.raises(ValidationError, match="must be an https URL"):
        configured(public_url="http://shop.example")
    assert isinstance(Office.of(configured(data_dir=tmp_path)).post, Folder)
    assert len(Settings.model_fields) < 25


async def test_a_notice_is_tried_again_later_and_later_until_it_was_tried_five_times(
    notices: Notices, mailbox: Mailbox
) -> None:
    notices.post, mailbox.answer = plain(mailbox), "451 come back later"
    id_ = await notices.queue(await notices.person())
    for pause in PAUSES:
        await notices.drain()
        row = await notices.state(id_)
        assert (row["status"], row["scheduled_at"] - notices.now) == ("QUEUED", pause)
        assert await notices.outbox.due() == []
        notices.wait(seconds=pause.total_seconds())
    await notices.drain()
    row = await notices.state(id_)
    assert (row["status"], row["attempt_count"]) == ("FAILED", 5)
    assert row["error"] == "The mail server does not take the message at the moment (451)."


async def test_a_notice_that_was_refused_for_good_is_not_tried_again(notices: Notices, mailbox: Mailbox) -> None:
    notices.post, mailbox.refuses["ada@x.example"] = plain(mailbox), "550 no such user"
    id_ = await notices.queue(await notices.person(), data={"token": "agora_t_1"})
    await notices.drain()
    assert await notices.status(id_) == ("FAILED", "The mail server refused the address (550).")
    assert (await notices.state(id_))["data"] == {}


async def test_a_pause_ends_when_the_notice_loses_its_meaning(notices: Notices, mailbox: Mailbox) -> None:
    notices.post, mailbox.answer = plain(mailbox), "451 come back later"
    id_ = await notices.queue(
        await notices.person(), expires_at=notices.now + timedelta(seconds=30), data={"token": "t"}
    )
    await notices.drain()
    notices.wait(seconds=30)
    await notices.drain()
    row = await notices.state(id_)
    assert (row["status"], row["data"]) == ("EXPIRED", {})


async def test_killed_between_sending_and_writing_it_is_sent_again_as_the_same_letter(
    notices: Notices, mailbox: Mailbox
) -> None:
    notices.post = plain(mailbox)
    id_ = await notices.queue(await notices.person())
    mailbox.open.clear()
    task = asyncio.create_task(notices.drain())
    await asyncio.wait_for(mailbox.begun.wait(), 10)
    async with notices.database.transaction() as session:  # so that nothing can be written of it
        await session.execute(text("SELECT FROM support.notifications FOR UPDATE"))
        mailbox.open.set()
        await asyncio.wait_for(mailbox.came.wait(), 10)
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert (await notices.status(id_))[0] == "QUEUED"
    assert await notices.outbox.due() == []
    notices.wait(seconds=CLAIM.total_seconds())
    assert await notices.outbox.due() == ["EMAIL"]
    await notices.drain()
    assert await notices.status(id_) == ("SENT", None)
    assert [letter["Message-ID"] for letter in mailbox.letters] == [f"<{id_}@x.example>"] * 2


async def test_a_process_that_is_told_to_end_lets_others_go_on_at_once(notices: Notices, mailbox: Mailbox) -> None:
    notices.post, user = plain(mailbox), await notices.person()
    first, *others = [await notices.queue(user, title=f"Order {number}") for number in range(3)]
    mailbox.open.clear()
    task = asyncio.create_task(notices.drain())
    await asyncio.wait_for(mailbox.begun.wait(), 10)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    mailbox.open.set()
    assert await notices.outbox.due() == ["EMAIL"]
    counts = [(await notices.state(id_))["attempt_count"] for id_ in (first, *others)]
    assert counts == [1, 0, 0]
