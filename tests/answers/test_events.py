"""Server-sent events are read in bounded memory, however they are split."""

from collections.abc import AsyncIterator

import pytest

from app.answering.events import LONGEST, TooLong, data_of


async def in_chunks(*chunks: bytes) -> AsyncIterator[bytes]:
    """What comes over the line."""
    for chunk in chunks:
        yield chunk


async def test_the_data_of_an_event_is_that_of_its_lines_wherever_they_are_split() -> None:
    whole = b": hm\r\ndata: one\r\ndata:two\r\n\r\nevent: x\ndata:\n\ndata: no end"
    for at in range(len(whole)):
        assert [data async for data in data_of(in_chunks(whole[:at], whole[at:]))] == [b"one\ntwo", b""]


@pytest.mark.parametrize("line", [b"data:\n", b"data: x\n", b"data: " + b"x" * 1_000 + b"\n"], ids=len)
async def test_an_event_without_end_is_given_up_however_short_its_lines_are(line: bytes) -> None:
    count, taken = LONGEST // len(line) // 10, 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while taken < 100:
            taken += 1
            yield line * count

    with pytest.raises(TooLong):
        assert [data async for data in data_of(endless())] == []
    assert taken <= 11
