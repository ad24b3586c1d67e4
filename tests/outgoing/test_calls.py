"""Calls to addresses that users give: where they go, how long they take, and what is kept of the answer."""

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Sequence

import pytest

from app.outgoing import Answer, NotReached, Outgoing
from tests.outgoing.receiver import HOST, Got, Receiver, answering, receiving

PRIVATE = "The address leads into a private or reserved network, and is not called."
NOWHERE = "The address is none that can be called."
UNKNOWN = "The name of the host is not known."


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A server that is called."""
    async with receiving() as receiver:
        yield receiver


async def call(caller: Outgoing, url: str, seconds: float = 5) -> Answer:
    """The answer to a small call."""
    async with caller:
        return await caller.call(url, body=b"{}", headers={"content-type": "application/json"}, timeout=seconds)


async def refusal(caller: Outgoing, url: str, seconds: float = 5) -> str:
    """Why there is no answer."""
    with pytest.raises(NotReached) as caught:
        await call(caller, url, seconds)
    return caught.value.reason


async def test_a_call_is_a_post_with_its_body_and_headers(receiver: Receiver) -> None:
    answer = await call(receiver.caller(), f"{receiver.url}?a=b")
    assert (answer.status, answer.text, answer.retry_after) == (200, "ok", None)
    assert 0 <= answer.duration_ms < 5000
    (got,) = receiver.got
    assert (got.path, got.body, got.headers["content-type"]) == ("/hook?a=b", b"{}", "application/json")
    assert got.headers["host"] == f"{HOST}:{receiver.port}"
    assert got.headers["user-agent"].startswith("Agora/")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "127.1", "0.0.0.0", "[::]"],
)
async def test_by_default_this_machine_is_not_called_however_it_is_written(receiver: Receiver, host: str) -> None:
    for scheme in ("https", "http"):
        url = f"{scheme}://{host}:{receiver.port}/hook"
        assert await refusal(Outgoing(tls=receiver.tls), url) in (
            PRIVATE,
            NOWHERE,
            "The name of the host is not known.",
        )
    assert receiver.connections == 0


async def test_a_name_that_leads_inside_is_not_called(receiver: Receiver) -> None:
    for address in ("127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"):
        assert await refusal(receiver.caller(address, private=False), receiver.url) == PRIVATE
    assert receiver.connections == 0


async def test_one_address_inside_among_others_is_enough(receiver: Receiver) -> None:
    for addresses in (("93.184.216.34", "127.0.0.1"), ("127.0.0.1", "93.184.216.34")):
        assert await refusal(receiver.caller(*addresses, private=False), receiver.url) == PRIVATE
    assert receiver.connections == 0


async def test_a_name_that_leads_elsewhere_a_moment_later_leads_nowhere_else() -> None:
    """Both servers are at the same port; what was looked at is what is called."""
    async with receiving() as first, receiving(address="127.0.0.2", port=first.port) as second:
        turns: list[str] = []

        async def find(host: str, port: int) -> Sequence[str]:
            turns.append(host)
            return ["127.0.0.1"] if len(turns) == 1 else ["127.0.0.2"]

        assert (await call(Outgoing(private=True, tls=first.tls, find=find), first.url)).status == 200
        assert (turns, len(first.got), second.connections) == ([HOST], 1, 0)


async def test_a_name_that_turns_inward_after_it_was_looked_at_is_not_followed(receiver: Receiver) -> None:
    turns: list[str] = []

    async def find(host: str, port: int) -> Sequence[str]:
        turns.append(host)
        # An address of a block that was never given out: nobody answers there.
        return ["2d00::1"] if len(turns) == 1 else ["127.0.0.1"]

    await refusal(Outgoing(tls=receiver.tls, find=find), receiver.url, 0.5)
    assert (turns, receiver.connections) == ([HOST], 0)


async def test_of_several_addresses_the_first_that_answers_is_taken(receiver: Receiver) -> None:
    assert (await call(receiver.caller("127.0.0.9", "127.0.0.1"), receiver.url)).status == 200


async def test_a_certificate_must_be_for_the_name_and_of_somebody_trusted() -> None:
    reason = "The certificate of the host could not be verified."
    async with receiving("other.example") as other, receiving() as stranger:
        assert await refusal(other.caller(), other.url) == reason
        assert await refusal(other.caller(), stranger.url) == reason
        async with Outgoing(private=True) as usual:
            assert await refusal(usual, f"https://localhost:{stranger.port}/") == reason
        assert other.got == stranger.got == []


async def test_redirects_are_answers(receiver: Receiver) -> None:
    for status in (301, 302, 303, 307, 308):
        receiver.behave = answering(status, b"", location=f"{receiver.url}/elsewhere")
        assert (await call(receiver.caller(), receiver.url)).status == status
    assert [got.path for got in receiver.got] == ["/hook"] * 5


async def test_no_proxy_of_the_environment_is_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert (await call(receiver.caller(), receiver.url)).status == 200


@pytest.mark.parametrize("who", ["me:secret@", "me@", ":secret@", "%6de:x@"])
async def test_addresses_with_passwords_are_refused(receiver: Receiver, who: str) -> None:
    url = receiver.url.replace("https://", f"https://{who}")
    assert await refusal(receiver.caller(), url) == "The address holds a user name or password, and is not called."
    assert receiver.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        *("", "hooks.example", "ftp://hooks.example/", "file:///etc/passwd", "https://", "https:///x", "https://[::1"),
        *("https://hooks.example:99999/", "https://hooks.example:x/", "https://a\r\nb/", "https://\udc80/"),
        f"https://hooks.example/{'x' * 70_000}",
    ],
)
async def test_what_is_no_address_is_refused(receiver: Receiver, url: str) -> None:
    assert await refusal(receiver.caller(), url) == NOWHERE
    assert receiver.connections == 0


async def test_a_name_that_nobody_knows() -> None:
    async def find(host: str, port: int) -> Sequence[str]:
        raise OSError("no such host")

    assert await refusal(Outgoing(find=find), "https://hooks.example/") == UNKNOWN
    long = f"https://{'a' * 300}.example/"
    assert await refusal(Outgoing(), long) in (NOWHERE, UNKNOWN)


async def test_of_an_answer_without_end_only_the_beginning_is_read(receiver: Receiver) -> None:
    sent = 0

    async def endless(got: Got, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
            await writer.drain()
            sent += 0x10000

    receiver.behave = endless
    answer = await call(receiver.caller(), receiver.url)
    assert (answer.status, answer.text) == (200, "x" * 2000)
    assert sent < 16 * 2**20  # what fits into the buffers on the way


async def test_what_is_compressed_is_not_blown_up(receiver: Receiver) -> None:
    receiver.behave = answering(200, gzip.compress(b"x" * 10_000_000), content_encoding="gzip")
    answer = await call(receiver.caller(), receiver.url)
    assert answer.status == 200
    assert "xx" not in answer.text
    assert receiver.got[0].headers["accept-encoding"] == "identity"


async def test_what_is_kept_of_an_answer_is_text(receiver: Receiver) -> None:
    receiver.behave = answering(500, b"a\0b\xff\xed\xa0\x80" + "é".encode())
    text = (await call(receiver.caller(), receiver.url)).text
    assert (text[:4], text[-1]) == ("a\ufffdb\ufffd", "é")
    assert "\0" not in text
    text.encode()


async def _headers_by_drips(got: Got, writer: asyncio.StreamWriter) -> None:
    for byte in b"HTTP/1.1 200 OK\r\n" + b"x" * 1000:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.02)


async def _body_by_drips(got: Got, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
    for _ in range(1000):
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def _nothing(got: Got, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(10)


async def _patience(got: Got, writer: asyncio.StreamWriter) -> None:
    for _ in range(500):
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("behave", [_headers_by_drips, _body_by_drips, _nothing, _patience])
async def test_an_answer_must_be_whole_in_time(receiver: Receiver, behave: object) -> None:
    receiver.behave = behave  # type: ignore[assignment]
    began = time.monotonic()
    assert await refusal(receiver.caller(), receiver.url, 0.4) == "There was no whole answer within 0.4 s."
    assert time.monotonic() - began < 3


async def test_a_connection_must_be_made_in_time(receiver: Receiver) -> None:
    async def find(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(10)
        return ["127.0.0.1"]

    slow = Outgoing(private=True, tls=receiver.tls, find=find)
    assert await refusal(slow, receiver.url, 0.3) in (
        "No connection was made in time.",
        "There was no whole answer within 0.3 s.",
    )
    assert receiver.connections == 0


@pytest.mark.parametrize("said", [b"", b"\x16\x03\x01 hello\r\n\r\n", b"SSH-2.0-OpenSSH_9\r\n", b"HTTP/1.1 20"])
async def test_what_speaks_no_http_has_not_answered(receiver: Receiver, said: bytes) -> None:
    async def behave(got: Got, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await writer.drain()

    receiver.behave = behave
    reason = "The connection ended before there was an answer, or it was not one of HTTP."
    assert await refusal(receiver.caller(), receiver.url) == reason


async def test_nobody_there_and_nobody_who_speaks_tls(receiver: Receiver) -> None:
    assert await refusal(receiver.caller(), "https://hooks.example:1/") == "The host took no connection."
    plain = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    async with plain:
        port = plain.sockets[0].getsockname()[1]
        reason = await refusal(receiver.caller(), f"https://hooks.example:{port}/")
    assert reason in ("No encrypted connection could be made.", "The host took no connection.")


async def test_nothing_is_told_of_our_network(receiver: Receiver) -> None:
    for url in (receiver.url.replace(HOST, "other.example"), "https://hooks.example:1/"):
        reason = await refusal(receiver.caller(), url)
        assert "127.0.0.1" not in reason and "Errno" not in reason
