"""What it costs to know who asks: requests with a token that was looked up less than half a second ago.

`python -m bench.knowing DSN` prints it as JSON, for any database that the migrations built.
"""

import asyncio
import statistics
import sys
import time

import orjson

from app.auth import Authenticator
from app.database import connected
from app.http.cookies import Cookies
from app.http.credentials import Doorman
from app.record import Recorder
from app.services.accounts.passwords import hashing
from bench.people import signed_in

ROUNDS, REQUESTS = 40, 2_000
"""Requests of a round: few enough that the token is believed from its first to its last."""
SCOPE = {"client": ("127.0.0.1", 1)}


def figures(dsn: str) -> dict[str, float]:
    """Microseconds of processor time for each request."""
    headers = {name.encode(): value.encode() for name, value in signed_in(dsn, admin=False).items()}
    return {"known_us": round(asyncio.run(_known(dsn, headers)), 2)}


async def _known(dsn: str, headers: dict[bytes, bytes]) -> float:
    async with connected(dsn, read_size=1, write_size=1) as database, hashing() as passwords:
        record = Recorder(database.dsn, {}, bodies=0)
        doorman = Doorman(Authenticator(database.reads.acquire), database, passwords, record)
        return statistics.median([await _round(doorman, headers) for _ in range(ROUNDS)])


async def _round(doorman: Doorman, headers: dict[bytes, bytes]) -> float:
    """Look the token up, then ask so many times as it is remembered."""
    cookies = Cookies(doorman.site, SCOPE, headers)
    assert (await doorman.context(SCOPE, headers, cookies)).is_known
    begun = time.process_time_ns()
    for _ in range(REQUESTS):
        await doorman.context(SCOPE, headers, cookies)
    return (time.process_time_ns() - begun) / 1e3 / REQUESTS


if __name__ == "__main__":
    sys.stdout.buffer.write(orjson.dumps(figures(sys.argv[1])))
