"""What a request shows of who asks: a token in a header or cookie, the address and the page that it comes from."""

from collections.abc import Collection
from hmac import compare_digest
from typing import Any

import structlog

from app.auth import Authenticator, Identity, digest
from app.http.cookies import Cookies, shown
from app.http.reading import BadRequest
from app.http.sites import Headers, Site, origin
from app.services.accounts.passwords import Passwords
from app.services.accounts.providers import Provider
from graph.client import Client
from graph.context import Context, Transactions
from graph.engine.access import ANONYMOUS, Viewer

log = structlog.get_logger(__name__)

CHALLENGE = (b"www-authenticate", b"Bearer")
INVALID = (b"www-authenticate", b'Bearer error="invalid_token"')

CSRF = b"x-agora-csrf"
RENEW = "renew"
"""What a page says there that lost its token: then it is nobody, and may do nothing for the session but ask for it."""

ENDED = "The session of the cookie has ended: sign in again."
FOREIGN = "A cookie is only believed from pages of this site: send their Origin, or a token as authorization."
NO_CSRF = (
    "Beside the cookie send the csrfToken that signIn gave, as the header x-agora-csrf. A page that lost it sends "
    '"renew" there with the mutation renewCsrfToken.'
)
NO_CSRF_AT_FIRST = "Beside the cookie send the csrfToken of signIn or renewCsrfToken in connection_init."
"""Short: a WebSocket is closed with 123 bytes at most."""


class Doorman:
    """Makes the context of a request; who shows a token that opens nothing is sent away, not let in as nobody."""

    def __init__(
        self,
        authenticator: Authenticator,
        database: Transactions,
        passwords: Passwords,
        origins: Collection[str] = (),
        *,
        secure_cookies: bool = False,
        provider: Provider | None = None,
    ) -> None:
        self.authenticator, self.database, self.passwords = authenticator, database, passwords
        self.provider = provider
        self.site = Site(origins, secure=secure_cookies)

    def anonymous(self, client: Client) -> Context:
        """The context of whom nobody knows."""
        return Context(self.database, self.passwords, client=client, provider=self.provider)

    async def context(self, scope: Any, headers: Headers, cookies: Cookies) -> Context:
        """On whose behalf the request is answered. Raises BadRequest."""
        client, viewer = client_of(scope, headers), ANONYMOUS
        if b"authorization" in headers:
            token = bearer(headers[b"authorization"].decode("latin-1"))
            viewer = (await self.identity(token, client, origin(headers))).viewer
        elif b"cookie" in headers:
            viewer = await self._by_cookie(scope, headers, cookies)
        return Context(self.database, self.passwords, viewer, client, cookies, self.provider)

    async def identity(self, token: str, client: Client, origin: str | None) -> Identity:
        """Whom `token` belongs to. Raises BadRequest if it opens nothing, or not from there."""
        identity = await self._known(token)
        if identity is None:
            raise BadRequest(401, "The token is not valid, or not any more: sign in again.", INVALID)
        if not identity.may_come_from(client.ip, origin):
            raise BadRequest(403, "The key may not be used from here.")
        return identity

    async def _by_cookie(self, scope: Any, headers: Headers, cookies: Cookies) -> Viewer:
        """Who asks by the cookie. Reading by GET needs a page of this site, and a POST the token against forgery too.

        A browser sends the cookie whether or not anybody means it. One that opens nothing is dropped, and who did not
        claim by a CSRF token to be signed in goes on as nobody: so they can sign in. Raises BadRequest.
        """
        token, posted = shown(self.site, scope, headers), scope["method"] == "POST"
        if token is None:
            return ANONYMOUS
        given = headers.get(CSRF, b"").decode("latin-1") if posted else None
        identity = await self._of_cookie(token)
        if identity is None:
            cookies.drop()
            if given == "":
                return ANONYMOUS
            raise BadRequest(401, ENDED, CHALLENGE)
        if not self.site.is_own(scope, headers):
            raise BadRequest(403, FOREIGN)
        if given is not None and given != RENEW:
            _check_csrf(identity, given, NO_CSRF)
        cookies.token = token
        return ANONYMOUS if given == RENEW else identity.viewer

    async def by_handshake(self, scope: Any, headers: Headers, given: str) -> str | None:
        """The token of the cookie with which a WebSocket was opened; None if there is none, or it opens nothing.

        Raises BadRequest where it may not be used.
        """
        token = shown(self.site, scope, headers)
        identity = await self._of_cookie(token) if token else None
        if identity is None:
            if given:
                raise BadRequest(401, ENDED)
            return None
        if origin(headers) is None or not self.site.is_own(scope, headers):
            raise BadRequest(403, FOREIGN)
        _check_csrf(identity, given, NO_CSRF_AT_FIRST)
        return token

    async def _of_cookie(self, token: str) -> Identity | None:
        """Whose session the cookie is of: one that began with a cookie."""
        identity = await self._known(token)
        return identity if identity is not None and identity.csrf_hash else None

    async def _known(self, token: str) -> Identity | None:
        try:
            return await self.authenticator.identify(token)
        except Exception as error:
            log.warning("nobody can be known", cause=type(error).__name__)
            raise BadRequest(503, "The database does not answer; try again.") from error


def _check_csrf(identity: Identity, given: str, otherwise: str) -> None:
    """Raise BadRequest unless `given` is the session's token against forgery."""
    if not compare_digest(digest(given), identity.csrf_hash or ""):
        raise BadRequest(403, otherwise)


def bearer(authorization: str) -> str:
    """The token of an Authorization header. Raises BadRequest if it is of another scheme."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise BadRequest(401, 'Give the token as "Authorization: Bearer …".', CHALLENGE)
    return token.strip()


def client_of(scope: Any, headers: Headers) -> Client:
    """Where a request comes from."""
    address, agent = scope.get("client"), headers.get(b"user-agent")
    return Client(address[0] if address else None, agent.decode("latin-1")[:500] if agent else None)


ANONYMOUS_BODY = 16 * 1024
"""Bytes of what somebody may send at once whom nobody knows."""


def body_limit(context: Context, known: int) -> int:
    """Bytes that a request or a message may have: `known` from those who said who they are, less from others."""
    return known if context.is_known else min(known, ANONYMOUS_BODY)
