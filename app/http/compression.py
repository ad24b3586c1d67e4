"""Large answers, smaller. The levels are where the next one costs more time than its bytes are worth.

A list of 64 kB becomes 4.6 times smaller in 0.13 ms by zstd at level 3; by gzip 4.3 times in 0.5 ms at level 4 and
4.8 times in 1.6 ms at level 6. A megabyte takes 2.4 ms at level 3 and 10 ms at level 4.
"""

import asyncio
import sys
import zlib
from collections.abc import Callable, Mapping

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

WORTHWHILE = 1_500
"""Bytes from which an answer is compressed: below, it fits into one packet anyway."""

LONG = 64 * 1024
"""Bytes from which another thread compresses, so that the loop goes on meanwhile."""

_ZSTD_LEVEL, _GZIP_LEVEL = 3, 4
_GZIP_FORMAT = 16 + zlib.MAX_WBITS


def _gzip(body: bytes) -> bytes:
    made = zlib.compressobj(_GZIP_LEVEL, wbits=_GZIP_FORMAT)
    return made.compress(body) + made.flush()


def _zstd(body: bytes) -> bytes:
    return zstd.compress(body, _ZSTD_LEVEL)


CODINGS: Mapping[str, Callable[[bytes], bytes]] = {"zstd": _zstd, "gzip": _gzip}


async def compressed(body: bytes, coding: str) -> bytes:
    """`body` in `coding`."""
    compress = CODINGS[coding]
    return compress(body) if len(body) < LONG else await asyncio.to_thread(compress, body)
