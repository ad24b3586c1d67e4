"""What tests of notifications are written with: somebody to tell, what is queued for them, and what became of it."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.database import Database
from app.mail import Post
from app.mail.letters import sender_of
from app.mail.office import Office
from app.services.privacy.vault import Vault
from app.worker.notifications import Notifications


@dataclass
class Notices:
    """The outbox of a database at a time that the test tells."""

    database: Database
    vault: Vault
    post: Post
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    @property
    def outbox(self) -> Notifications:
        office = Office(self.post, sender_of("Agora <agora@x.example>"), "https://shop.example")
        return Notifications(self.database, office, self.vault, lambda: self.now)

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    async def drain(self, channel: str = "EMAIL") -> None:
        await self.outbox.drain(channel)

    async def rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        async with self.database.transaction() as session:
            found = await session.execute(text(query), values)
            return [dict(row) for row in found.mappings()]

    async def insert(self, table: str, **values: Any) -> UUID:
        """The id of a new row."""
        given = {key: json.dumps(value) if isinstance(value, dict) else value for key, value in values.items()}
        places = ", ".join(f"CAST(:{key} AS jsonb)" if isinstance(values[key], dict) else f":{key}" for key in values)
        statement = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places}) RETURNING id"
        (row,) = await self.rows(statement, **given)
        id_: UUID = row["id"]
        return id_

    async def person(self, name: str = "Ada", **values: Any) -> UUID:
        given = {"email": f"{name.lower()}@x.example", "first_name": name, "last_name": "L", **values}
        return await self.insert("identity.users", **given)

    async def shop(self, **values: Any) -> UUID:
        return await self.insert(
            "business.businesses", **{"name": "Lamps & Co", "slug": "lamps", "type": "RETAIL", **values}
        )

    async def queue(self, user: UUID, **values: Any) -> UUID:
        """A notification that is due now."""
        times = {"created_at": self.now, "scheduled_at": self.now}
        given = {"type": "ORDER", "channel": "EMAIL", "title": "Your order", "body": "It is packed.", **times, **values}
        return await self.insert("support.notifications", user_id=user, **given)

    async def state(self, id_: UUID) -> dict[str, Any]:
        (row,) = await self.rows("SELECT * FROM support.notifications WHERE id = :id", id=id_)
        return row

    async def status(self, id_: UUID) -> tuple[str, str | None]:
        """What became of it, and why."""
        row = await self.state(id_)
        return row["status"], row["error"]
