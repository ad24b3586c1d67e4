"""Server-sent events as language models stream them: the data of each, in bounded memory.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from collections.abc import AsyncIterable, AsyncIterator

LONGEST = 256 * 1024
"""Bytes of one event."""


class TooLong(Exception):
    """An event is longer than any that means something."""


async def data_of(stream: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """The data of each event that comes to its end. Raises TooLong."""
    kept, data, size = b"", list[bytes](), 0
    async for chunk in stream:
        *lines, kept = (kept + chunk).replace(b"\r\n", b"\n").split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                data.append(line[5:].removeprefix(b" "))
                size += len(line) + 1  # an empty line takes its place too
            elif not line and data:
                yield b"\n".join(data)
                data, size = [], 0
        if len(kept) + size > LONGEST:
            raise TooLong
