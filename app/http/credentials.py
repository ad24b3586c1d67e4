"""What a request shows of who asks: a token in a header, the address it comes from, the page that sends it."""

from collections.abc import Collection, Mapping
from typing import Any

import structlog

from app.auth import Authenticator, Identity
from app.http.reading import BadRequest
from app.record import Recorder
from app.record.calls import Visit
from app.record.events import Subject
from app.services.accounts.passwords import Passwords
from app.services.accounts.tokens import KEY, SESSION
from graph.client import Client
from graph.context import Context, Transactions

Headers = Mapping[bytes, bytes]

log = structlog.get_logger(__name__)

CHALLENGE = (b"www-authenticate", b"Bearer")
INVALID = (b"www-authenticate", b'Bearer error="invalid_token"')

VISIT = "agora.visit"
"""Under which name a request's scope has the `Visit` of the key that was shown, if one was."""


class Elsewhere(BadRequest):
    """A key is shown from where it may not be used."""

    def __init__(self, identity: Identity) -> None:
        super().__init__(403, "The key may not be used from here.")
        self.identity = identity


class Doorman:
    """Makes the context of a request; who shows a token that opens nothing is sent away, not let in as nobody."""

    def __init__(
        self,
        authenticator: Authenticator,
        database: Transactions,
        passwords: Passwords,
        record: Recorder,
        origins: Collection[str] = (),
    ) -> None:
        self.authenticator, self.database, self.passwords, self.origins = authenticator, database, passwords, origins
        self.record = record

    async def is_foreign(self, scope: Any, headers: Headers) -> bool:
        """Whether a page connects that is neither of this site nor of one of the `origins`; it is noted."""
        site = origin(headers)
        if site is None or site in self.origins or "*" in self.origins:
            return False
        if site.partition("://")[2] == headers.get(b"host", b"").decode("latin-1"):
            return False
        await self.record.events.note("ACCESS_DENIED", "FOREIGN_ORIGIN", client_of(scope, headers), origin=site)
        return True

    def anonymous(self, client: Client) -> Context:
        """The context of whom nobody knows."""
        return Context(self.database, self.passwords, client=client)

    async def context(self, scope: Any, headers: Headers) -> Context:
        """On whose behalf the request is answered. Raises BadRequest."""
        client = client_of(scope, headers)
        if b"authorization" not in headers:
            return self.anonymous(client)
        token = bearer(headers[b"authorization"].decode("latin-1"))
        try:
            identity = await self.identity(token, client, origin(headers))
        except Elsewhere as error:
            scope[VISIT] = visit(error.identity, client, headers, scope["method"])
            raise
        if identity.key is not None:
            scope[VISIT] = visit(identity, client, headers, scope["method"])
        return Context(self.database, self.passwords, identity.viewer, client)

    async def identity(self, token: str, client: Client, origin: str | None) -> Identity:
        """Whom `token` belongs to. Raises BadRequest if it opens nothing, or not from there, which is noted."""
        try:
            return await self.known(token, client, origin)
        except Elsewhere as error:
            subject = Subject.of(error.identity.viewer.params)
            await self.record.events.note("ACCESS_DENIED", "ELSEWHERE", client, subject, severity="HIGH", origin=origin)
            raise
        except BadRequest as error:
            if error.status == 401:
                await self.record.events.note("ACCESS_DENIED", _unknown(token), client, severity="LOW")
            raise

    async def known(self, token: str, client: Client, origin: str | None) -> Identity:
        """The same without a note: a session may end while its connection is open."""
        try:
            identity = await self.authenticator.identify(token)
        except Exception as error:
            log.warning("nobody can be known", cause=type(error).__name__)
            raise BadRequest(503, "The database does not answer; try again.") from error
        if identity is None:
            raise BadRequest(401, "The token is not valid, or not any more: sign in again.", INVALID)
        if not identity.may_come_from(client.ip, origin):
            raise Elsewhere(identity)
        self.record.uses.note(identity, client.ip)
        return identity


def visit(identity: Identity, client: Client, headers: Headers, method: str) -> Visit:
    """The beginning of a request by a key."""
    assert identity.key is not None
    return Visit(identity.key, identity.viewer.params["business"], client, headers, method)


def _unknown(token: str) -> str:
    """What a token that opens nothing pretends to be."""
    kinds = {SESSION: "UNKNOWN_SESSION", KEY: "UNKNOWN_KEY"}
    return next((kind for prefix, kind in kinds.items() if token.startswith(prefix)), "UNKNOWN_TOKEN")


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
