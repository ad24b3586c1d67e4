"""An identity provider that runs: it has keys, says where they are, and makes ID tokens."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import time
from types import MappingProxyType
from typing import Any

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.http.conftest import listening

CLIENT_ID = "agora-at-home"
RSA = rsa.generate_private_key(65537, 2048)
SMALL = rsa.generate_private_key(65537, 1024)
ES, ES_OTHER = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()
KEYS: dict[str, Any] = {"RS256": RSA, "PS256": RSA, "ES256": ES, "EdDSA": ED}
"""The key that each algorithm signs with."""

NO_TIMES: Mapping[str, int] = MappingProxyType({})

Answer = Callable[[Request], Awaitable[Response]]


def jwk(key: Any, kid: str | None = None, **more: Any) -> dict[str, Any]:
    """The public half of a key as a provider shows it."""
    kinds: tuple[tuple[Any, Any], ...] = (
        (rsa.RSAPrivateKey, RSAAlgorithm),
        (ec.EllipticCurvePrivateKey, ECAlgorithm),
        (ed25519.Ed25519PrivateKey, OKPAlgorithm),
    )
    algorithm = next(found for kind, found in kinds if isinstance(key, kind))
    return {**algorithm.to_jwk(key.public_key(), as_dict=True), **({"kid": kid} if kid else {}), **more}


@dataclass
class Idp:
    """The provider; `answers` takes the place of what it says by itself at a path."""

    issuer: str = ""
    keys: list[Any] = field(default_factory=lambda: [jwk(RSA, "RS256"), jwk(ES, "ES256"), jwk(ED, "EdDSA")])
    asked: list[str] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def token(
        self,
        algorithm: str = "ES256",
        *,
        key: Any = None,
        header: Any = None,
        times: Mapping[str, int] = NO_TIMES,
        without: str = "",
        **claims: Any,
    ) -> str:
        """An ID token of Ada; what is said is otherwise, so many seconds from now, or missing."""
        now = int(time())
        said = {"iss": self.issuer, "aud": CLIENT_ID, "sub": "ada", "iat": now, "exp": now + 300, "nonce": "n"}
        said |= {"email": "ada@x.example", "email_verified": True, **claims}
        said |= {name: now + seconds for name, seconds in times.items()}
        said.pop(without, None)
        kid = {"kid": "RS256" if algorithm == "PS256" else algorithm}
        return jwt.encode(said, key or KEYS[algorithm], algorithm, headers={**kid, **(header or {})})

    async def answer(self, request: Request) -> Response:
        """What it says at a path."""
        path = request.url.path
        self.asked.append(path)
        if path in self.answers:
            return await self.answers[path](request)
        if path == "/jwks":
            return Response(orjson.dumps({"keys": self.keys}), media_type="application/json")
        return JSONResponse({"issuer": self.issuer, "jwks_uri": f"{self.issuer}/jwks"})


@asynccontextmanager
async def provider() -> AsyncIterator[Idp]:
    """A provider on a free port until the end."""
    idp = Idp()
    routes = [Route(path, idp.answer) for path in ("/jwks", "/elsewhere", "/.well-known/openid-configuration")]
    async with listening(Starlette(routes=routes)) as (client, _):
        idp.issuer = str(client.base_url).rstrip("/")
        yield idp
        idp.ended.set()
