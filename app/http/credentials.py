"""What a request shows of who asks: a token in a header or cookie, the address and the page that it comes from."""

from collections.abc import Callable, Collection
from hmac import compare_digest
from typing import Any

import structlog

from app.auth import Authenticator, Identity, digest
from app.http.cookies import Cookies, shown
from app.http.reading import BadRequest
from app.http.sites import Headers, Site, origin
from app.record import Recorder
from app.record.calls import Visit
from app.record.events import Subject
from app.services.accounts.passwords import Passwords
from app.services.accounts.providers import Provider
from app.services.accounts.tokens import KEY, SESSION
from app.services.accounts.tokens import VISIT as CHAT
from graph.access.viewers import KEY as KEY_KIND
from graph.access.viewers import VISITOR, scopes_of
from graph.client import Client
from graph.context import Allowances, Context, Transactions, nobody_listens, nobody_waits, nothing_to_seal_with
from graph.engine.access import ANONYMOUS, Viewer

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
        record: Recorder,
        origins: Collection[str] = (),
        *,
        secure_cookies: bool = False,
        provider: Provider | None = None,
        wake: Callable[[], None] = nobody_waits,
        tell: Callable[[str, bytes], None] = nobody_listens,
        allowances: Allowances | None = None,
        seal: Callable[[str], str] = nothing_to_seal_with,
    ) -> None:
        self.authenticator, self.database, self.passwords = authenticator, database, passwords
        self.record, self.provider, self.wake = record, provider, wake
        self.tell, self.allowances, self.seal = tell, allowances, seal
        self.site = Site(origins, secure=secure_cookies)

    async def is_foreign(self, scope: Any, headers: Headers) -> bool:
        """Whether a page connects that is of a foreign site; it is noted."""
        if not self.site.is_foreign(headers):
            return False
        site = origin(headers)
        await self.record.events.note("ACCESS_DENIED", "FOREIGN_ORIGIN", client_of(scope, headers), origin=site)
        return True

    def anonymous(self, client: Client) -> Context:
        """The context of whom nobody knows."""
        return self._context(ANONYMOUS, client)

    def _context(self, viewer: Viewer, client: Client, cookies: Cookies | None = None) -> Context:
        return Context(
            *(self.database, self.passwords, viewer, client, cookies, self.provider),
            wake=self.wake,
            tell=self.tell,
            allowances=self.allowances,
            seal=self.seal,
        )

    async def context(self, scope: Any, headers: Headers, cookies: Cookies) -> Context:
        """On whose behalf the request is answered. Raises BadRequest."""
        client, viewer = client_of(scope, headers), ANONYMOUS
        if b"authorization" in headers:
            viewer = await self._by_token(scope, headers, client)
        elif b"cookie" in headers:
            viewer = await self._by_cookie(scope, headers, cookies)
        return self._context(viewer, client, cookies)

    async def _by_token(self, scope: Any, headers: Headers, client: Client) -> Viewer:
        """Who shows a token; the visit of a key is noted in `scope`."""
        token = bearer(headers[b"authorization"].decode("latin-1"))
        try:
            identity = await self.identity(token, client, origin(headers))
        except Elsewhere as error:
            scope[VISIT] = visit(error.identity, client, headers, scope["method"])
            raise
        if identity.key is not None:
            scope[VISIT] = visit(identity, client, headers, scope["method"])
        return identity.viewer

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
        """The same without a note."""
        return self.admitted(await self.believed(token), client, origin)

    def admitted(self, identity: Identity | None, client: Client, origin: str | None) -> Identity:
        """`identity`, if there is one and it may be used from there. Raises BadRequest."""
        if identity is None:
            raise BadRequest(401, "The token is not valid, or not any more: sign in again.", INVALID)
        if not identity.may_come_from(client.ip, origin):
            raise Elsewhere(identity)
        self.record.uses.note(identity, client.ip)
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
        own = self.site.is_own(scope, headers)
        if not own or (given is not None and given != RENEW and not _is_csrf(identity, given)):
            await self._note_forgery(identity, scope, headers)
            raise BadRequest(403, NO_CSRF if own else FOREIGN)
        cookies.token = token
        self.record.uses.note(identity, client_of(scope, headers).ip)
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
        own = origin(headers) is not None and self.site.is_own(scope, headers)
        if not own or not _is_csrf(identity, given):
            await self._note_forgery(identity, scope, headers)
            raise BadRequest(403, NO_CSRF_AT_FIRST if own else FOREIGN)
        return token

    async def _note_forgery(self, identity: Identity, scope: Any, headers: Headers) -> None:
        """Note that a page which may not, or cannot show that it may, sent somebody's cookie."""
        client, subject = client_of(scope, headers), Subject.of(identity.viewer.params)
        await self.record.events.note("ACCESS_DENIED", "FORGERY", client, subject, origin=origin(headers))

    async def _of_cookie(self, token: str) -> Identity | None:
        """Whose session the cookie is of: one that began with a cookie."""
        identity = await self.believed(token)
        return identity if identity is not None and identity.csrf_hash else None

    async def believed(self, token: str) -> Identity | None:
        """Whom `token` belongs to, None if it opens nothing. Raises BadRequest while nobody can say."""
        try:
            return await self.authenticator.identify(token)
        except Exception as error:
            log.warning("nobody can be known", cause=type(error).__name__)
            raise BadRequest(503, "The database does not answer; try again.") from error


def _is_csrf(identity: Identity, given: str) -> bool:
    """Whether `given` is the session's token against forgery."""
    return compare_digest(digest(given), identity.csrf_hash or "")


def visit(identity: Identity, client: Client, headers: Headers, method: str) -> Visit:
    """The beginning of a request by a key."""
    assert identity.key is not None
    return Visit(identity.key, identity.viewer.params["business"], client, headers, method)


def _unknown(token: str) -> str:
    """What a token that opens nothing pretends to be."""
    kinds = {SESSION: "UNKNOWN_SESSION", KEY: "UNKNOWN_KEY", CHAT: "UNKNOWN_VISIT"}
    return next((kind for prefix, kind in kinds.items() if token.startswith(prefix)), "UNKNOWN_TOKEN")


def bearer(authorization: str) -> str:
    """The token of an Authorization header. Raises BadRequest if it is of another scheme."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise BadRequest(401, 'Give the token as "Authorization: Bearer …".', CHALLENGE)
    return token.strip()


def client_of(scope: Any, headers: Headers) -> Client:
    """Where a request comes from."""
    address, agent, request = scope.get("client"), headers.get(b"user-agent"), headers.get(b"x-request-id")
    return Client(
        address[0] if address else None,
        agent.decode("latin-1")[:500] if agent else None,
        request.decode("latin-1")[:200] if request else None,
        origin(headers),
    )


ANONYMOUS_BODY, VISITOR_BODY, WRITER_BODY = 16 * 1024, 64 * 1024, 4 * 1024 * 1024
"""Bytes of what may be sent at once by somebody whom nobody knows, by a visitor, and by a key that may write."""


def body_limit(context: Context, known: int) -> int:
    """Bytes that a request or a message may have: `known` from people, more from programs that write in bulk."""
    kind = context.viewer.kind
    if kind == VISITOR:
        return min(known, VISITOR_BODY)
    if kind.startswith(KEY_KIND) and not all(scope.endswith(":read") for scope in scopes_of(kind)):
        return max(known, WRITER_BODY)
    return known if context.is_known else min(known, ANONYMOUS_BODY)
