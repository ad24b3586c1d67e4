"""Every call verifies with the receivers' library, and nothing else does."""

import re
from base64 import b64decode
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook as Verifier

from app.services.gateway import signing
from app.services.gateway.schedule import JITTER, LONGEST, PAUSES, is_hopeless, next_attempt, wanted

NOW = datetime.now(UTC).replace(microsecond=0)
"""For what does not care how long ago it was; receivers do after five minutes."""
SECRET = signing.made()
ID, BODY = "webhook_delivery_019ad2f4-8a52-7c31-9d5e-6b1f0a2c3d4e", '{"type": "x.y", "data": {"id": "ä"}}'


def passes(body: bytes, headers: dict[str, str], secret: str = SECRET) -> bool:
    """Whether a receiver takes it."""
    try:
        Verifier(secret).verify(body, headers)
    except Exception:  # whatever the library makes of it: a receiver answers anything but 200
        return False
    return True


def others(byte: int) -> list[int]:
    """Every other byte that a header or body can have there."""
    return [other for other in range(256) if other != byte]


def test_a_secret_is_as_the_specification_wants_it() -> None:
    made = {signing.made() for _ in range(100)}
    assert len(made) == 100
    for secret in made:
        assert re.fullmatch(r"whsec_[A-Za-z0-9+/]+=*", secret)
        assert 24 <= len(b64decode(secret.removeprefix("whsec_"))) <= 64


def test_what_is_signed_verifies_and_with_another_secret_does_not() -> None:
    headers = signing.headers([SECRET], ID, datetime.now(UTC), BODY)
    assert passes(BODY.encode(), headers)
    assert not passes(BODY.encode(), headers, signing.made())


@given(st.text(st.characters(codec="utf-8"), max_size=200), st.uuids())
@settings(max_examples=50, deadline=None)
def test_whatever_is_told_verifies(text: str, id_: object) -> None:
    assert passes(
        f'"{text}"'.encode(), signing.headers([SECRET], f"webhook_delivery_{id_}", datetime.now(UTC), f'"{text}"')
    ) or (set(text) & set('"\\') or any(ord(one) < 32 for one in text))


def test_no_byte_of_the_body_can_be_changed() -> None:
    headers, body = signing.headers([SECRET], ID, datetime.now(UTC), BODY), BODY.encode()
    changed = (body[:at] + bytes([other]) + body[at + 1 :] for at, byte in enumerate(body) for other in others(byte))
    assert not any(passes(one, headers) for one in changed)
    assert not any(passes(one, headers) for one in (body[:-1], body + b" ", b" " + body, b""))


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp"])
def test_no_byte_of_id_and_timestamp_can_be_changed(name: str) -> None:
    headers = signing.headers([SECRET], ID, datetime.now(UTC), BODY)
    value = headers[name]
    for at, byte in enumerate(value):
        for other in others(ord(byte)):
            changed = value[:at] + chr(other) + value[at + 1 :]
            assert not passes(BODY.encode(), headers | {name: changed}), (at, changed)


def test_no_byte_of_the_signature_can_be_changed() -> None:
    """But for the two bits of its base64 that stand for nothing: then it is the same signature."""
    headers = signing.headers([SECRET], ID, datetime.now(UTC), BODY)
    value = headers["webhook-signature"]
    same = []
    for at, byte in enumerate(value):
        for other in others(ord(byte)):
            changed = value[:at] + chr(other) + value[at + 1 :]
            if passes(BODY.encode(), headers | {"webhook-signature": changed}):
                same.append((at, changed))
    assert {at for at, _ in same} <= {len(value) - 2}
    assert {b64decode(changed[3:]) for _, changed in same} <= {b64decode(value[3:])}


def test_what_is_too_old_does_not_verify() -> None:
    for minutes in (-6, 6):
        headers = signing.headers([SECRET], ID, datetime.now(UTC) + timedelta(minutes=minutes), BODY)
        assert not passes(BODY.encode(), headers)


def test_with_two_secrets_each_of_them_verifies() -> None:
    former = signing.made()
    headers = signing.headers([SECRET, former], ID, datetime.now(UTC), BODY)
    assert len(headers["webhook-signature"].split(" ")) == 2
    assert [passes(BODY.encode(), headers, secret) for secret in (SECRET, former, signing.made())] == [
        True,
        True,
        False,
    ]


def test_the_former_secret_is_good_until_its_time_is_over() -> None:
    def found(newest: str, former: str | None, until: datetime | None) -> list[str]:
        return signing.keys(newest, former, until, lambda text: text if text != "unreadable" else None, NOW)

    assert found("new", "old", NOW + timedelta(seconds=1)) == ["new", "old"]
    assert found("new", "old", NOW) == ["new"]
    assert found("new", None, None) == ["new"]
    assert found("new", "unreadable", NOW + timedelta(1)) == ["new"]
    assert found("unreadable", "old", NOW + timedelta(1)) == []


def test_the_schedule_is_that_of_the_specification() -> None:
    pauses = [next_attempt(made, 10, NOW, lambda: 0.0) for made in range(1, 12)]
    seconds = [(at - NOW).total_seconds() if at else None for at in pauses]
    hours = [2, 5, 10, 14, 20, 24, 24]
    assert seconds == [5, 300, 1800, *(hour * 3600 for hour in hours), None]


@given(st.integers(1, 30), st.integers(0, 20), st.floats(0, 1, exclude_max=True), st.none() | st.timedeltas())
def test_the_next_attempt_is_within_bounds(made: int, retries: int, luck: float, asked: timedelta | None) -> None:
    at = next_attempt(made, retries, NOW, lambda: luck, asked)
    assert (at is None) == (made > retries)
    if at is not None:
        pause = PAUSES[min(made, len(PAUSES)) - 1]
        assert pause <= at - NOW <= max(pause * (1 + JITTER), LONGEST)
        assert at - NOW >= min(asked or timedelta(), LONGEST)


@given(st.text() | st.integers().map(str), st.integers(100, 599))
def test_whatever_is_said_of_when_to_come_again_is_no_fault(said: str, status: int) -> None:
    pause = wanted(status, said, NOW)
    assert pause is None or (status in (429, 503) and pause >= timedelta())


def test_an_address_is_hopeless_after_days_and_many_failures() -> None:
    days, many = NOW - timedelta(days=5), 20
    assert is_hopeless(many, days, NOW)
    assert not is_hopeless(many - 1, days, NOW)
    assert not is_hopeless(many, days + timedelta(seconds=1), NOW)
