"""What a request shows of who asks: a token in a header, the address it comes from, the page that sends it."""

from collections.abc import Collection, Mapping
from typing import Any

import structlog

from app.auth import Authenticator, Identity
from app.http.reading import BadRequest
from app.services.accounts.passwords import Passwords
from graph.client import Client
from graph.context import Allowances, Context, Transactions
from graph.engine.access import ANONYMOUS

Headers = Mapping[bytes, bytes]

log = structlog.get_logger(__name__)

CHALLENGE = (b"www-authenticate", b"Bearer")
INVALID = (b"www-authenticate", b'Bearer error="invalid_token"')


class Doorman:
    """Makes the context of a request; who shows a token that opens nothing is sent away, not let in as nobody."""

    def __init__(
        self,
        authenticator: Authenticator,
        database: Transactions,
        passwords: Passwords,
        origins: Collection[str] = (),
        allowances: Allowances | None = None,
    ) -> None:
        self.authenticator, self.database, self.passwords, self.origins = authenticator, database, passwords, origins
        self.allowances = allowances

    def is_foreign(self, headers: Headers) -> bool:
        """Whether a page sends the request that is neither of this site nor of one of the `origins`."""
        site = origin(headers)
        if site is None or site in self.origins or "*" in self.origins:
            return False
        return site.partition("://")[2] != headers.get(b"host", b"").decode("latin-1")

    def anonymous(self, client: Client) -> Context:
        """The context of whom nobody knows."""
        return Context(self.database, self.passwords, ANONYMOUS, client, self.allowances)

    async def context(self, scope: Any, headers: Headers) -> Context:
        """On whose behalf the request is answered. Raises BadRequest."""
        client = client_of(scope, headers)
        if b"authorization" not in headers:
            return self.anonymous(client)
        identity = await self.identity(bearer(headers[b"authorization"].decode("latin-1")), client, origin(headers))
        return Context(self.database, self.passwords, identity.viewer, client, self.allowances)

    async def identity(self, token: str, client: Client, origin: str | None) -> Identity:
        """Whom `token` belongs to. Raises BadRequest if it opens nothing, or not from there."""
        try:
            identity = await self.authenticator.identify(token)
        except Exception as error:
            log.warning("nobody can be known", cause=type(error).__name__)
            raise BadRequest(503, "The database does not answer; try again.") from error
        if identity is None:
            raise BadRequest(401, "The token is not valid, or not any more: sign in again.", INVALID)
        if not identity.may_come_from(client.ip, origin):
            raise BadRequest(403, "The key may not be used from here.")
        return identity


def bearer(authorization: str) -> str:
    """The token of an Authorization header. Raises BadRequest if it is of another scheme."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise BadRequest(401, 'Give the token as "Authorization: Bearer …".', CHALLENGE)
    return token.strip()


def origin(headers: Headers) -> str | None:
    """The site whose page sends the request, if it is a page."""
    given = headers.get(b"origin")
    return given.decode("latin-1") if given else None


def client_of(scope: Any, headers: Headers) -> Client:
    """Where a request comes from."""
    address, agent = scope.get("client"), headers.get(b"user-agent")
    return Client(address[0] if address else None, agent.decode("latin-1")[:500] if agent else None)


ANONYMOUS_BODY = 16 * 1024
"""Bytes of what somebody may send at once whom nobody knows."""


def body_limit(context: Context, known: int) -> int:
    """Bytes that a request or a message may have: `known` from those who said who they are, less from others."""
    return known if context.is_known else min(known, ANONYMOUS_BODY)


LOCAL = ("127.0.0.1", "::1", "localhost")


def is_local(scope: Any, headers: Headers) -> bool:
    """Whether somebody at this machine asks for this machine: another name in Host may be a site that was rebound."""
    address, host = scope.get("client"), headers.get(b"host", b"").decode("latin-1")
    name = host.rpartition(":")[0].strip("[]") if not host.endswith("]") and ":" in host else host.strip("[]")
    return address is not None and address[0] in LOCAL and name in LOCAL
