"""The cookie that keeps a session's token where no script of a page can read it."""

from typing import Any

from app.http.negotiation import EVENTS, MEDIA
from app.http.sites import Headers, Site, host_is_local
from app.services.refusals import Refusal

SECURE, PLAIN = "__Host-agora", "agora"
"""Its name. What begins with __Host- no other host can set, and only https can; `agora` is for this machine only."""

RULES = "Path=/; HttpOnly; SameSite=Strict"

NOT_BY_POST = Refusal("BAD_USER_INPUT", "cookie", "can only be set by a POST that is answered with JSON")
FOREIGN = Refusal("FORBIDDEN", "cookie", "can only be set for a page of this site: send its Origin")
OPEN = Refusal("BAD_USER_INPUT", "cookie", "needs https: without it anybody on the way could read it")


class Cookies:
    """What came in the cookie of one request, and what its answer sets."""

    __slots__ = ("_headers", "_scope", "_site", "sent", "token")

    def __init__(self, site: Site, scope: Any, headers: Headers) -> None:
        self._site, self._scope, self._headers = site, scope, headers
        self.token: str | None = None
        """The token of the session that the cookie opened."""
        self.sent: tuple[tuple[bytes, bytes], ...] = ()
        """The headers of the answer."""

    def check(self) -> list[Refusal]:
        """What is against a cookie in the answer."""
        by_post = self._scope["method"] == "POST" and MEDIA[self._headers.get(b"accept", b"")] is not EVENTS
        rules = {
            NOT_BY_POST: by_post,
            FOREIGN: self._site.is_own(self._scope, self._headers),
            OPEN: self._site.is_secure(self._scope) or host_is_local(self._headers),
        }
        return [refusal for refusal, holds in rules.items() if not holds]

    def keep(self, token: str, seconds: int | None) -> None:
        """Have the browser keep `token`, for so long or until it is closed."""
        self._set(f"{token}; Max-Age={seconds}" if seconds is not None else token)

    def drop(self) -> None:
        """Have the browser forget the token."""
        self._set("; Max-Age=0")

    def _set(self, value: str) -> None:
        secure = self._site.is_secure(self._scope)
        rules = f"{RULES}; Secure" if secure else RULES
        self.sent = ((b"set-cookie", f"{name_of(secure)}={value}; {rules}".encode()),)


def name_of(secure: bool) -> str:
    """What the cookie is called."""
    return SECURE if secure else PLAIN


def shown(site: Site, scope: Any, headers: Headers) -> str | None:
    """The token that the browser sends along, good or not."""
    wanted = name_of(site.is_secure(scope)).encode()
    for part in headers.get(b"cookie", b"").split(b";"):
        name, _, value = part.strip().partition(b"=")
        if name == wanted and value:
            return value.decode("latin-1")
    return None
