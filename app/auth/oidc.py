"""What an identity provider vouches for, by OpenID Connect: an ID token, verified by the provider's own keys."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from typing import Any

import httpx
import jwt
from jwt.exceptions import (
    ExpiredSignatureError,
    ImmatureSignatureError,
    InvalidAudienceError,
    InvalidIssuerError,
    InvalidSignatureError,
    MissingRequiredClaimError,
    PyJWTError,
)

from app.auth.jwks import ALGORITHMS, PATIENCE, Keys
from app.services.accounts.people import is_email, tidied
from app.services.accounts.providers import Proven, name_of
from app.services.accounts.tokens import digest
from app.services.refusals import Refusal, Refused
from app.settings import Settings

OLDEST, LEEWAY = timedelta(minutes=10), timedelta(seconds=60)
"""For how long after it was made a token is taken, and by how much clocks may differ."""

LONGEST, LONGEST_SUBJECT = 16_000, 255
"""Characters of a token, and of the name of a person at the provider."""

REQUIRED = ["iss", "aud", "exp", "iat", "sub"]
KNOWN = frozenset(name for names in ALGORITHMS.values() for name in names)

WRONG: tuple[tuple[type[PyJWTError], str], ...] = (
    (ExpiredSignatureError, "has run out: sign in at the provider again"),
    (ImmatureSignatureError, "is of the future: a clock is wrong"),
    (InvalidIssuerError, "is of another provider"),
    (InvalidAudienceError, "is for another client"),
    (MissingRequiredClaimError, f"must have the claims {', '.join(REQUIRED)}"),
    (InvalidSignatureError, "is not signed by the provider"),
)
"""What is said of a token that is not good, by what the library says."""


class OidcProvider:
    """Verifies the ID tokens that a provider gives to the client `audience`."""

    def __init__(self, keys: Keys, issuer: str, audience: str, *, registers: bool = False) -> None:
        self.keys, self.issuer, self.audience, self.registers = keys, issuer, audience, registers

    async def prove(self, id_token: str, nonce: str | None, now: datetime) -> Proven:
        """Whom the token is of. Raises Refused if it is not good, ProviderUnavailable if nobody can say."""
        claims = await self._claims(id_token)
        _check(claims, self.audience, nonce, is_old=now.timestamp() - int(claims["iat"]) > OLDEST.total_seconds())
        first, last = _names(claims)
        return Proven(
            subject=f"{self.issuer} {claims['sub']}",
            email=tidied(claims["email"]),
            first_name=first,
            last_name=last,
            # What is signed. The signature itself can be written in several ways that are all good.
            once=digest(id_token.rpartition(".")[0]),
            until=datetime.fromtimestamp(int(claims["iat"]), UTC) + OLDEST + LEEWAY,
        )

    async def _claims(self, id_token: str) -> dict[str, Any]:
        """What the token says, if the provider signed it and it is for here and now."""
        kid, algorithm = _header(id_token)
        key = await self.keys.find(kid, algorithm)
        if key is None:
            raise untrusted("is signed by no key of the provider")
        try:
            return jwt.decode(
                id_token,
                key,
                [algorithm],
                {"require": REQUIRED},
                audience=self.audience,
                issuer=self.issuer,
                leeway=LEEWAY,
            )
        except PyJWTError as error:
            said = next((message for kind, message in WRONG if isinstance(error, kind)), "is no ID token")
            raise untrusted(said) from error
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raise untrusted("is no ID token") from error


def _header(id_token: str) -> tuple[str | None, str]:
    """The name of the key and the algorithm that the token claims to be signed by."""
    try:
        header = jwt.get_unverified_header(id_token) if len(id_token) <= LONGEST else {}
    except (PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise untrusted("is no ID token") from error
    kid, algorithm, type_ = (header.get(name) for name in ("kid", "alg", "typ"))
    if not isinstance(algorithm, str) or algorithm not in KNOWN or {"crit", "b64"} & header.keys():
        raise untrusted("is signed in a way that is not taken here")
    if not isinstance(type_, str | None) or (type_ or "JWT").upper() != "JWT" or not isinstance(kid, str | None):
        raise untrusted("is no ID token")
    return kid, algorithm


def _check(claims: Mapping[str, Any], audience: str, nonce: str | None, *, is_old: bool) -> None:
    """Raise Refused unless the token is of now, for nobody else, and of a person with an address."""
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    given, subject, email = claims.get("nonce"), claims["sub"], claims.get("email")
    rules = {
        "was made more than 10 minutes ago: sign in at the provider again": not is_old,
        "is for another client": claims.get("azp", None if several else audience) == audience,
        "names nobody": isinstance(subject, str) and _is_subject(subject),
        "must have an e-mail address that the provider verified": (
            isinstance(email, str) and is_email(tidied(email)) and claims.get("email_verified") is True
        ),
    }
    for message, holds in rules.items():
        if not holds:
            raise untrusted(message)
    if nonce is not None and not (isinstance(given, str) and compare_digest(*map(_bytes, (given, nonce)))):
        raise Refused([Refusal("UNAUTHENTICATED", "nonce", "is not the one that the ID token was asked with")])


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


def _is_subject(text: str) -> bool:
    return 1 <= len(text) <= LONGEST_SUBJECT and text.isascii() and text.isprintable()


def _names(claims: Mapping[str, Any]) -> tuple[str, str]:
    """Given and family name, as far as the provider knows them."""
    given, family, whole = (name_of(claims.get(claim)) for claim in ("given_name", "family_name", "name"))
    first, _, last = (whole or claims["email"].partition("@")[0]).partition(" ")
    return given or first, family or last or "-"


def untrusted(message: str) -> Refused:
    """That the token is not believed, and why."""
    return Refused([Refusal("UNAUTHENTICATED", "idToken", message)])


@asynccontextmanager
async def providing(settings: Settings) -> AsyncIterator[OidcProvider | None]:
    """The provider of the settings until the end; None without one."""
    issuer, audience = settings.oidc.issuer, settings.oidc.audience
    if issuer is None or audience is None:
        yield None
        return
    async with httpx.AsyncClient(timeout=PATIENCE) as http:
        keys = Keys(http, issuer, settings.oidc.jwks_url)
        yield OidcProvider(keys, issuer, audience, registers=settings.oidc.registers)
