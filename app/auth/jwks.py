"""The public keys of an identity provider: fetched when they are needed, kept for a while, never waited for long."""

import asyncio
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any, NamedTuple

import httpx
import orjson
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from app.urls import is_safe
from graph.engine.errors import ProviderUnavailable

FRESH = 600.0
"""Seconds for which keys are believed: one that the provider took back is refused after that."""

PAUSE = 30.0
"""Seconds between fetches for keys that nobody knows: anybody can make up the name of one."""

RETRY = 5.0
"""Seconds after a provider did not answer in which it is not asked again."""

PATIENCE = 3.0
"""Seconds that a provider may take to answer."""

LARGEST, MOST = 256 * 1024, 100
"""Bytes of an answer, and keys in it."""

LEAST_RSA = 2048
"""Bits of an RSA key, at least."""

ALGORITHMS: dict[tuple[str, str | None], tuple[str, ...]] = {
    ("RSA", None): ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    ("EC", "P-256"): ("ES256",),
    ("EC", "P-384"): ("ES384",),
    ("EC", "P-521"): ("ES512",),
    ("OKP", "Ed25519"): ("EdDSA",),
}
"""What a kind of key may sign with. None of it is a secret that both sides know."""


class Key(NamedTuple):
    """A public key: its name, what it signs with, and itself."""

    kid: str | None
    algorithms: tuple[str, ...]
    public: Any


class Unusable(Exception):
    """What a provider answers makes no sense."""


class Keys:
    """The keys of the provider `issuer`, at `url` or where it says that they are."""

    def __init__(
        self, http: httpx.AsyncClient, issuer: str, url: str | None = None, clock: Callable[[], float] = monotonic
    ) -> None:
        self._http, self._issuer, self._url, self._clock = http, issuer, url, clock
        self._keys: list[Key] = []
        self._fetched = self._failed = float("-inf")
        self._turn = asyncio.Lock()

    async def find(self, kid: str | None, algorithm: str) -> Any:
        """The key that is called `kid`, or the only one, for `algorithm`; None if there is none.

        Raises ProviderUnavailable.
        """
        await self._refresh(FRESH, RETRY)
        found = self._fitting(kid, algorithm)
        if found is None:
            await self._refresh(PAUSE, PAUSE)
            found = self._fitting(kid, algorithm)
        return found

    def _fitting(self, kid: str | None, algorithm: str) -> Any:
        found = [key.public for key in self._keys if algorithm in key.algorithms and kid in (None, key.kid)]
        return found[0] if len(found) == 1 else None

    async def _refresh(self, age: float, pause: float) -> None:
        """Fetch keys if those at hand are of `age`: once for all who wait, no sooner than a `pause` after a failure."""
        async with self._turn:
            if self._clock() - self._fetched < age:
                return
            if self._clock() - self._failed < pause:
                raise ProviderUnavailable()
            try:
                async with asyncio.timeout(PATIENCE):
                    self._keys = await self._fetch()
            except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, TimeoutError, ValueError, Unusable) as error:
                self._failed = self._clock()
                raise ProviderUnavailable() from error
            self._fetched = self._clock()

    async def _fetch(self) -> list[Key]:
        given = await self._json(self._url or await self._discovered())
        keys = given.get("keys")
        if not isinstance(keys, list) or len(keys) > MOST:
            raise Unusable("no JWKS")
        return list(_usable(keys))

    async def _discovered(self) -> str:
        """Where the provider says that its keys are."""
        given = await self._json(self._issuer.rstrip("/") + "/.well-known/openid-configuration")
        url = given.get("jwks_uri")
        if given.get("issuer") != self._issuer or not isinstance(url, str) or not is_safe(url):
            raise Unusable("no configuration")
        return url

    async def _json(self, url: str) -> dict[str, Any]:
        body, plain = bytearray(), {"accept": "application/json", "accept-encoding": "identity"}
        async with self._http.stream("GET", url, headers=plain, follow_redirects=False) as answer:
            if answer.status_code != 200 or "content-encoding" in answer.headers:
                raise Unusable("no answer")
            async for chunk in answer.aiter_raw():
                body += chunk
                if len(body) > LARGEST:
                    raise Unusable("too large")
        given = orjson.loads(body)
        if not isinstance(given, dict):
            raise Unusable("no object")
        return given


def _usable(keys: list[Any]) -> Iterator[Key]:
    """Those that signatures can be verified with; a provider may have others for something else."""
    for given in keys:
        algorithms = _algorithms(given) if isinstance(given, dict) else ()
        if not algorithms:
            continue
        try:
            public = PyJWK(given, algorithms[0]).key
        except (PyJWTError, ValueError, TypeError):
            continue
        if given["kty"] != "RSA" or public.key_size >= LEAST_RSA:
            kid = given.get("kid")
            yield Key(kid if isinstance(kid, str) else None, algorithms, public)


def _algorithms(given: dict[str, Any]) -> tuple[str, ...]:
    """What a key may sign with, by its kind and by what is said of it; nothing if it is for something else."""
    kind, curve, named, uses = (given.get(name) for name in ("kty", "crv", "alg", "key_ops"))
    known = [(kty, crv) for kty, crv in ALGORITHMS if kty == kind and crv in (None, curve)]
    for_signatures = given.get("use") in (None, "sig") and (
        uses is None or (isinstance(uses, list) and "verify" in uses)
    )
    if not known or "d" in given or not for_signatures:
        return ()
    return tuple(name for name in ALGORITHMS[known[0]] if named in (None, name))
