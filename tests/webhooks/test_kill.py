"""A worker that is killed between a call and writing what came of it."""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.outgoing.receiver import Got, answering
from tests.webhooks.conftest import SECRET, Hooked

WORKER = """
import asyncio, ssl, sys
from pathlib import Path
from app.database import connected
from app.outgoing import Outgoing
from app.services.privacy.vault import Vault
from app.worker.webhooks import Webhooks

async def find(host, port):
    return ["127.0.0.1"]

async def main(dsn, folder, authority, secret):
    tls = ssl.create_default_context(cafile=authority)
    async with connected(dsn) as database, Outgoing(private=True, tls=tls, find=find) as calls:
        worker = Webhooks(database, Vault(Path(folder), secret), calls)
        for key in await worker.due():
            await worker.drain(key)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.long
async def test_who_is_killed_calls_again_under_the_same_id(hooked: Hooked, committed: str, tmp_path: Path) -> None:
    called = asyncio.Event()

    async def never(got: Got, writer: asyncio.StreamWriter) -> None:
        called.set()
        await writer.wait_closed()

    authority = tmp_path / "authority.pem"
    authority.write_bytes(hooked.receiver.authority.cert_pem.bytes())
    arguments = (sys.executable, "-c", WORKER, committed, str(tmp_path), str(authority), SECRET)
    await hooked.product()
    hooked.receiver.behave = never
    process = await asyncio.create_subprocess_exec(*arguments)
    await asyncio.wait_for(called.wait(), 60)
    process.kill()
    assert await process.wait() != 0
    row = await hooked.delivery()
    assert (row["status"], row["attempt_count"]) == ("PENDING", 0)
    hooked.receiver.behave = answering()
    process = await asyncio.create_subprocess_exec(*arguments)
    assert await process.wait() == 0
    first, second = hooked.receiver.got
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    row = await hooked.delivery()
    assert (row["status"], row["attempt_count"]) == ("DELIVERED", 1)
