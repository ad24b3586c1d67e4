"""UUIDv7 ids with a given time (RFC 9562 §5.7): the Python twins of the SQL functions in `functions.py`."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_VERSION_AND_VARIANT = 0x7 << 76 | 0x2 << 62
_RANDOM = 0xFFF << 64 | (1 << 62) - 1
"""Which of an id's last 80 bits are random."""
_NOISE = 10
"""Bytes that those are cut from."""


def uuid7_at(moment: datetime, random_bits: int | None = None) -> UUID:
    """An id whose time is the aware `moment`, floored to the millisecond; the other 74 bits are random or given.

    Raises ValueError before 1970.
    """
    bits = secrets.randbits(74) if random_bits is None else random_bits
    milliseconds = _milliseconds(moment)
    if milliseconds < 0:
        raise ValueError("A UUIDv7 cannot hold a time before 1970.")
    return UUID(int=milliseconds << 80 | _VERSION_AND_VARIANT | (bits >> 62) << 64 | bits & (1 << 62) - 1)


def uuid7s_at(milliseconds: Sequence[int]) -> list[bytes]:
    """The bytes of an id for each of these milliseconds since 1970: `uuid7_at` for many at once.

    Raises OverflowError where a time does not fit into 48 bits.
    """
    noise = secrets.token_bytes(_NOISE * len(milliseconds))
    return [
        (moment << 80 | _VERSION_AND_VARIANT | int.from_bytes(noise[at : at + _NOISE], "big") & _RANDOM).to_bytes(16, "big")
        for moment, at in zip(milliseconds, range(0, len(noise), _NOISE), strict=True)
    ]


def uuid7_floor(moment: datetime) -> UUID:
    """The value just before every UUIDv7 of the millisecond of the aware `moment`, and after all earlier ones."""
    return UUID(int=max(_milliseconds(moment), 0) << 80)


def uuid7_time(key: UUID) -> datetime:
    """The moment in a UUIDv7, in UTC."""
    return EPOCH + timedelta(milliseconds=key.int >> 80)


def _milliseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)
