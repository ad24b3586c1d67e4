"""Who asks Agora: an administrator, whom no policy concerns, and somebody who sees all that is asked for by policies.

Their limits are counted as ever, but never used up.

Both get a session when the benchmark begins, as whoever signs in does.
"""

import asyncio
from functools import cache

import asyncpg

from app.services.accounts.tokens import SESSION, digest, made

PERSON = """
INSERT INTO identity.users (email, first_name, last_name, is_superuser) VALUES ($1, 'B', 'Bench', $2)
ON CONFLICT (email) DO UPDATE SET is_superuser = $2 RETURNING id"""
EVERYWHERE = """
INSERT INTO identity.memberships (user_id, business_id, role) SELECT $1, id, 'STAFF' FROM business.businesses
ON CONFLICT DO NOTHING"""
WITHOUT_END = "UPDATE gateway.rate_limits SET limit_count = 2147483647 WHERE viewer IN ('ADMIN', 'USER')"
SIGN_IN = """
INSERT INTO identity.login_sessions (user_id, token_hash, expires_at) VALUES ($1, $2, now() + interval '1 day')"""


@cache
def signed_in(dsn: str, *, admin: bool) -> dict[str, str]:
    """The header that tells who asks."""
    return {"authorization": f"Bearer {asyncio.run(_token(dsn, admin=admin))}"}


async def _token(dsn: str, *, admin: bool) -> str:
    connection, token = await asyncpg.connect(dsn), made(SESSION)
    try:
        person = await connection.fetchval(PERSON, f"{'admin' if admin else 'staff'}@bench.example", admin)
        await connection.execute(SIGN_IN, person, digest(token))
        await connection.execute(WITHOUT_END)
        if not admin:
            await connection.execute(EVERYWHERE, person)
    finally:
        await connection.close()
    return token
