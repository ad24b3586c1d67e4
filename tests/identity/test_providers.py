"""People sign in with an identity provider, and nobody else does in their name."""

import asyncio
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import orjson
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse

from app.auth.jwks import FRESH, LARGEST, PAUSE, Keys
from app.auth.oidc import OidcProvider
from app.database import connected
from app.services.accounts import providers
from app.services.accounts.providers import NOT_LET_IN, USED, Proven, Shown
from app.services.accounts.signing_in import SignedIn
from app.settings import Oidc, Settings
from graph.engine.errors import ProviderUnavailable
from tests.http.conftest import serving
from tests.identity.accounts import EMAIL, OTHER, PASSWORD, Desk, refusal, refusals
from tests.identity.provider import CLIENT_ID, ED, ES, ES_OTHER, RSA, SMALL, Idp, jwk, provider

CONFIGURATION = "/.well-known/openid-configuration"
SIGN_IN = """mutation($i: SignInWithProviderInput!) { signInWithProvider(input: $i) {
  token csrfToken user { email } session { method isRemembered } userErrors { code field message } } }"""
P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of the curve's group."""


@pytest.fixture(scope="module")
async def running() -> AsyncIterator[Idp]:
    async with provider() as idp:
        yield idp


@pytest.fixture
def idp(running: Idp) -> Idp:
    """The provider as it was at first."""
    running.keys, running.answers = Idp().keys, {}
    running.asked.clear()
    return running


class Clock:
    """The seconds that a test says have passed."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=3) as http:
        yield http


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(http: httpx.AsyncClient, idp: Idp, clock: Clock) -> Keys:
    return Keys(http, idp.issuer, clock=clock)


@pytest.fixture
def oidc(keys: Keys, idp: Idp) -> OidcProvider:
    return OidcProvider(keys, idp.issuer, CLIENT_ID)


async def proven(oidc: OidcProvider, token: str, nonce: str | None = None) -> Proven:
    return await oidc.prove(token, nonce, datetime.now(UTC))


async def signed_in(desk: Desk, oidc: OidcProvider, token: str, **more: Any) -> SignedIn:
    return await providers.sign_in_with_provider(desk.begin, oidc, Shown(token, **more), desk.at)


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
async def test_a_good_token_says_whom_the_provider_vouches_for(oidc: OidcProvider, idp: Idp, algorithm: str) -> None:
    found = await proven(oidc, idp.token(algorithm, email=" ADA@x.example", name="Ada King Lovelace"), "n")
    assert (found.subject, found.email) == (f"{idp.issuer} ada", EMAIL)
    assert (found.first_name, found.last_name) == ("Ada", "King Lovelace")


TAKEN: dict[str, dict[str, Any]] = {
    "a list of one client": {"aud": [CLIENT_ID]},
    "several clients, for this": {"aud": [CLIENT_ID, "other"], "azp": CLIENT_ID},
    "of a while ago": {"times": {"iat": -500, "exp": 9_999}},
    "by a clock that is late": {"times": {"exp": -5}},
    "by a clock that is early": {"times": {"iat": 30}},
}


@pytest.mark.parametrize("more", TAKEN.values(), ids=TAKEN)
async def test_what_openid_allows_is_taken(oidc: OidcProvider, idp: Idp, more: dict[str, Any]) -> None:
    assert (await proven(oidc, idp.token(**more))).email == EMAIL


WRONG: dict[str, dict[str, Any]] = {
    "another provider": {"iss": "https://evil.example"},
    "another client": {"aud": "other"},
    "several clients and nobody in particular": {"aud": [CLIENT_ID, "other"]},
    "several clients, for another": {"aud": [CLIENT_ID, "other"], "azp": "other"},
    "for another of the one": {"azp": "other"},
    "run out": {"times": {"exp": -120}},
    "old": {"times": {"iat": -700, "exp": 9_999}},
    "of long before": {"iat": -(10**17)},
    "of the future": {"times": {"iat": 600}},
    "not yet": {"times": {"nbf": 600}},
    "no time": {"iat": "noon"},
    "no number": {"iat": float("nan")},
    "without end": {"exp": float("inf")},
    "an address not verified": {"email_verified": False},
    "an address verified in words": {"email_verified": "true"},
    "no address": {"email": "nonsense"},
    "a list of addresses": {"email": [EMAIL]},
    "an address that no column keeps": {"email": "a\0da@x.example"},
    "a number for a person": {"sub": 7},
    "an empty person": {"sub": ""},
    "a person with a long name": {"sub": "x" * 256},
    "a person who is two": {"sub": "ada\nbob"},
    "another kind of token": {"header": {"typ": "at+jwt"}},
    "what must be understood": {"header": {"crit": ["exp"], "exp": 1}},
    "a key nobody knows": {"header": {"kid": "nobody's"}},
    "a key by a number": {"header": {"kid": "1"}, "key": ES_OTHER},
    "somebody else's key": {"key": ES_OTHER},
    "another key's name": {"header": {"kid": "EdDSA"}},
    **{f"without {claim}": {"without": claim} for claim in ("iss", "aud", "exp", "iat", "sub", "email")},
    "without email_verified": {"without": "email_verified"},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
async def test_a_token_that_is_not_good_is_refused(oidc: OidcProvider, idp: Idp, wrong: dict[str, Any]) -> None:
    assert await refusal(proven(oidc, idp.token(**wrong))) == ("UNAUTHENTICATED", "idToken")


async def test_a_nonce_is_compared_where_one_is_given(oidc: OidcProvider, idp: Idp) -> None:
    assert await proven(oidc, idp.token(), "n")
    for token in (idp.token(nonce="m"), idp.token(without="nonce"), idp.token(nonce=1), idp.token(nonce="\ud800")):
        assert await refusal(proven(oidc, token, "n")) == ("UNAUTHENTICATED", "nonce")


def _text_of(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


async def test_what_is_signed_by_nobody_or_by_what_everybody_knows_is_refused(oidc: OidcProvider, idp: Idp) -> None:
    head, claims, signature = idp.token("RS256").split(".")

    def headed(**header: Any) -> str:
        return _text_of(orjson.dumps({"kid": "RS256", **header}))

    public = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    body = f"{headed(alg='HS256', typ='JWT')}.{claims}"
    forged = [
        f"{headed(alg='none')}.{claims}.",
        f"{headed(alg='NONE')}.{claims}.",
        f"{body}.{_text_of(hmac.digest(public, body.encode(), 'sha256'))}",
        f"{headed(alg='ES256')}.{claims}.{signature}",
        f"{headed(alg=['RS256'])}.{claims}.{signature}",
        f"{headed(alg={})}.{claims}.{signature}",
        f"{_text_of(b'[' * 9_000)}.{claims}.{signature}",
        f"{head}.{claims}.",
        f"{head}.{claims}",
        f"{head}.{claims}.{'A' * 20_000}",
        *("", ".", "..", "a.b.c", "\xe9.\xe9.\xe9"),
    ]
    for token in forged:
        assert await refusal(proven(oidc, token)) == ("UNAUTHENTICATED", "idToken"), token[:80]
    embedded = idp.token(key=ES_OTHER, header={"jwk": jwk(ES_OTHER), "jku": "https://evil.example/jwks"})
    assert await refusal(proven(oidc, embedded)) == ("UNAUTHENTICATED", "idToken")


async def test_keys_are_fetched_once_for_all_who_come_at_once(oidc: OidcProvider, idp: Idp) -> None:
    await asyncio.gather(*(proven(oidc, idp.token(sub=str(number))) for number in range(20)))
    assert idp.asked == [CONFIGURATION, "/jwks"]


async def test_a_new_key_is_taken_when_somebody_shows_it(oidc: OidcProvider, idp: Idp, clock: Clock) -> None:
    await proven(oidc, idp.token())
    idp.keys = [jwk(ES_OTHER, "new"), *idp.keys]
    new = idp.token(key=ES_OTHER, header={"kid": "new"})
    assert await refusal(proven(oidc, new)) == ("UNAUTHENTICATED", "idToken")
    clock.now += PAUSE
    assert await proven(oidc, new)
    assert await proven(oidc, idp.token())


async def test_a_key_that_was_taken_back_is_refused_after_a_while(oidc: OidcProvider, idp: Idp, clock: Clock) -> None:
    await proven(oidc, idp.token())
    idp.keys = [jwk(ES_OTHER, "new")]
    assert await proven(oidc, idp.token())
    clock.now += FRESH
    assert await refusal(proven(oidc, idp.token())) == ("UNAUTHENTICATED", "idToken")


async def test_a_storm_of_keys_that_nobody_knows_causes_one_fetch(keys: Keys, idp: Idp, clock: Clock) -> None:
    await keys.find("ES256", "ES256")
    clock.now += PAUSE
    idp.asked.clear()
    found = await asyncio.gather(*(keys.find(f"made up {number}", "ES256") for number in range(100)))
    assert set(found) == {None}
    assert idp.asked.count("/jwks") == 1
    assert await keys.find("ES256", "ES256")


async def test_a_key_without_a_name_is_taken_if_it_is_the_only_one(keys: Keys, idp: Idp, clock: Clock) -> None:
    idp.keys = [jwk(ES), jwk(ED, "EdDSA")]
    assert await keys.find(None, "ES256")
    idp.keys.append(jwk(ES_OTHER))
    clock.now += FRESH
    assert await keys.find(None, "ES256") is None


UNFIT: dict[str, Any] = {
    "for encryption": jwk(ES, "k", use="enc"),
    "for another algorithm": jwk(ES, "k", alg="ES384"),
    "for signing": jwk(ES, "k", key_ops=["sign"]),
    "a secret of both sides": {"kty": "oct", "kid": "k", "k": "c2VjcmV0"},
    "private": jwk(ES, "k", d="AAAA"),
    "of another curve": jwk(ES, "k", crv="secp256k1"),
    "broken": jwk(ES, "k", x="!"),
    "not on the curve": jwk(ES, "k", x=jwk(ES_OTHER)["x"]),
    "no key": "k",
    "nothing": None,
    "an unhashable kind": {"kty": [], "kid": "k"},
}


@pytest.mark.parametrize("unfit", UNFIT.values(), ids=UNFIT)
async def test_a_key_that_does_not_fit_is_passed_over(keys: Keys, idp: Idp, unfit: Any) -> None:
    idp.keys = [unfit, jwk(ED, "good")]
    assert await keys.find("k", "ES256") is None
    assert await keys.find("good", "EdDSA")


async def test_a_weak_key_is_passed_over(keys: Keys, idp: Idp) -> None:
    idp.keys = [jwk(SMALL, "small"), jwk(RSA, "large")]
    assert await keys.find("small", "RS256") is None
    assert await keys.find("large", "RS256")


async def _text(request: Request) -> Response:
    return PlainTextResponse("<html>")


async def _huge(request: Request) -> Response:
    return StreamingResponse(iter([b" " * 65_536] * (LARGEST // 65_536 + 1)), media_type="application/json")


async def _packed(request: Request) -> Response:
    return PlainTextResponse('{"keys": []}', headers={"content-encoding": "gzip"})


async def _moved(request: Request) -> Response:
    return RedirectResponse("/elsewhere")


async def _failed(request: Request) -> Response:
    return PlainTextResponse("no", 500)


async def _list(request: Request) -> Response:
    return PlainTextResponse("[]")


async def _many(request: Request) -> Response:
    return PlainTextResponse('{"keys": [' + ",".join(["{}"] * 101) + "]}")


async def _no_list(request: Request) -> Response:
    return PlainTextResponse('{"keys": {}}')


async def _elsewhere(request: Request) -> Response:
    return PlainTextResponse('{"issuer": "https://evil.example", "jwks_uri": "https://evil.example/jwks"}')


ODD = [_text, _huge, _packed, _moved, _failed, _list, _many, _no_list]


@pytest.mark.parametrize("path", [CONFIGURATION, "/jwks"])
@pytest.mark.parametrize("answer", ODD, ids=lambda odd: odd.__name__)
async def test_an_answer_that_makes_no_sense_is_none(keys: Keys, idp: Idp, answer: Any, path: str) -> None:
    idp.answers[path] = answer
    with pytest.raises(ProviderUnavailable):
        await keys.find("ES256", "ES256")
    assert "/elsewhere" not in idp.asked


async def test_a_provider_that_speaks_for_another_is_not_believed(keys: Keys, idp: Idp) -> None:
    idp.answers[CONFIGURATION] = _elsewhere
    with pytest.raises(ProviderUnavailable):
        await keys.find("ES256", "ES256")


@pytest.mark.parametrize("url", ["http://x.example/jwks", "file:///etc/passwd", "jwks", 7, None])
async def test_keys_are_fetched_only_where_nobody_can_change_them(keys: Keys, idp: Idp, url: Any) -> None:
    async def configuration(request: Request) -> Response:
        return Response(orjson.dumps({"issuer": idp.issuer, "jwks_uri": url}))

    idp.answers[CONFIGURATION] = configuration
    with pytest.raises(ProviderUnavailable):
        await keys.find("ES256", "ES256")


async def test_a_provider_that_is_down_is_not_asked_by_everybody(keys: Keys, idp: Idp, clock: Clock) -> None:
    idp.answers[CONFIGURATION] = _failed
    failed = await asyncio.gather(*(keys.find("ES256", "ES256") for _ in range(20)), return_exceptions=True)
    assert {type(error) for error in failed} == {ProviderUnavailable}
    assert idp.asked == [CONFIGURATION]
    idp.answers.clear()
    clock.now += PAUSE
    assert await keys.find("ES256", "ES256")


async def test_a_provider_that_never_ends_its_answer_is_not_waited_for(keys: Keys, idp: Idp) -> None:
    async def drip(request: Request) -> Response:
        async def drops() -> AsyncIterator[bytes]:
            while not idp.ended.is_set():
                yield b" "
                await asyncio.sleep(0.1)

        return StreamingResponse(drops())

    idp.answers["/jwks"] = drip
    async with asyncio.timeout(60):
        with pytest.raises(ProviderUnavailable):
            await keys.find("ES256", "ES256")
    idp.ended.set()


async def test_a_provider_that_is_not_there_is_said_so(http: httpx.AsyncClient) -> None:
    with pytest.raises(ProviderUnavailable):
        await Keys(http, "http://127.0.0.1:1").find("k", "ES256")


async def test_a_person_with_a_verified_address_is_linked_and_known_by_the_provider_from_then_on(
    desk: Desk, oidc: OidcProvider, idp: Idp
) -> None:
    user = await desk.person(email_verified_at=desk.now)
    session, token = await signed_in(desk, oidc, idp.token(), remember=True)
    assert token.startswith("agora_s_")
    assert (session.user_id, session.method, session.is_remembered) == (user, "SSO", True)
    found = await desk.user()
    assert (found["provider_subject"], found["login_count"]) == (f"{idp.issuer} ada", 1)
    assert await desk.events() == ["OTHER", "LOGIN"]
    await desk.sign_in()  # the password that they proved to have stays good
    moved, _ = await signed_in(desk, oidc, idp.token(email="new@x.example"))
    assert moved.user_id == user
    assert (await desk.user())["email"] == EMAIL


async def test_who_has_the_address_of_a_linked_person_later_is_somebody_else(
    desk: Desk, oidc: OidcProvider, idp: Idp
) -> None:
    await desk.person(email_verified_at=desk.now)
    await signed_in(desk, oidc, idp.token())
    assert await refusals(signed_in(desk, oidc, idp.token(sub="eve"))) == (NOT_LET_IN,)


async def test_who_made_the_account_of_another_loses_it_to_the_owner_of_the_address(
    desk: Desk, oidc: OidcProvider, idp: Idp
) -> None:
    await desk.register()
    mailed = await desk.token()
    thief, _ = await desk.sign_in()
    desk.wait(minutes=2)
    await desk.ask()
    reset = await desk.token()
    mine, _ = await signed_in(desk, oidc, idp.token())
    assert mine.user_id == thief.user_id
    await desk.fail(password=PASSWORD)
    alive = await desk.rows("SELECT id FROM identity.login_sessions WHERE revoked_at IS NULL")
    assert alive == [{"id": mine.id}]
    for token in (mailed, reset):
        assert await refusal(desk.reset(token, OTHER)) == ("BAD_USER_INPUT", "token")
    user = await desk.user()
    assert (user["password_hash"], user["email_verified_at"]) == (None, desk.now)
    assert {"EMAIL_VERIFIED", "PASSWORD_CHANGED"} <= set(await desk.events())


CLOSED = ["is_active = false", "deleted_at = now()", "locked_until = now() + interval '1 hour'"]


@pytest.mark.parametrize("state", CLOSED)
@pytest.mark.parametrize("linked", [False, True])
async def test_an_account_that_is_closed_stays_so(
    desk: Desk, oidc: OidcProvider, idp: Idp, state: str, linked: bool
) -> None:
    await desk.person(email_verified_at=desk.now)
    if linked:
        await signed_in(desk, oidc, idp.token(sub="ada"))
    await desk.rows(f"UPDATE identity.users SET {state} RETURNING id")
    assert await refusals(signed_in(desk, oidc, idp.token(jti="2"))) == (NOT_LET_IN,)
    assert await refusals(signed_in(desk, oidc, idp.token(sub="x", email="no@x.example"))) == (NOT_LET_IN,)
    assert (await desk.events())[-2:] == ["LOGIN_FAILED", "LOGIN_FAILED"]


async def test_whoever_is_unknown_gets_an_account_only_if_that_is_wanted(
    desk: Desk, keys: Keys, idp: Idp, oidc: OidcProvider
) -> None:
    assert await refusals(signed_in(desk, oidc, idp.token())) == (NOT_LET_IN,)
    open_ = OidcProvider(keys, idp.issuer, CLIENT_ID, registers=True)
    await signed_in(desk, open_, idp.token(given_name="Ada", family_name="Lovelace"))
    user = await desk.user()
    assert (user["first_name"], user["last_name"], user["password_hash"]) == ("Ada", "Lovelace", None)
    assert (user["email_verified_at"], user["provider_subject"]) == (desk.now, f"{idp.issuer} ada")
    await signed_in(desk, open_, idp.token(sub="bob", email="bob@x.example", name="\0", given_name=["x"]))
    found = await desk.user("bob@x.example")
    assert (found["first_name"], found["last_name"]) == ("bob", "-")


async def test_a_token_is_good_once_however_its_signature_is_written(desk: Desk, oidc: OidcProvider, idp: Idp) -> None:
    await desk.person(email_verified_at=desk.now)
    token = idp.token("ES256")
    signed, _, signature = token.rpartition(".")
    raw = urlsafe_b64decode(signature + "==")
    r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
    other = _text_of(r.to_bytes(32) + (P256 - s).to_bytes(32))
    assert await proven(oidc, f"{signed}.{other}")
    await signed_in(desk, oidc, token)
    for again in (token, f"{signed}.{other}", f"{token}="):
        assert (await refusals(signed_in(desk, oidc, again)))[0].field == "idToken"
    assert await refusals(signed_in(desk, oidc, f"{signed}.{other}")) == (USED,)
    assert await desk.value("SELECT count(*) FROM identity.login_sessions") == 1
    reasons = await desk.rows("SELECT DISTINCT details ->> 'reason' AS r FROM identity.security_events")
    assert "USED" in {row["r"] for row in reasons}


async def test_of_many_who_show_a_token_at_once_one_gets_a_session(real: Desk, oidc: OidcProvider, idp: Idp) -> None:
    await real.person(email_verified_at=real.now)
    token = idp.token()
    done = await asyncio.gather(*(signed_in(real, oidc, token) for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(one, SignedIn) for one in done) == 1


async def test_who_comes_twice_at_once_for_the_first_time_gets_one_account(real: Desk, keys: Keys, idp: Idp) -> None:
    open_ = OidcProvider(keys, idp.issuer, CLIENT_ID, registers=True)
    tokens = [idp.token(jti=str(number)) for number in range(6)]
    done = await asyncio.gather(*(signed_in(real, open_, token) for token in tokens))
    assert len({session.user_id for session, _ in done}) == 1


async def test_what_was_shown_is_forgotten_when_it_is_good_no_more(desk: Desk, oidc: OidcProvider, idp: Idp) -> None:
    await desk.person(email_verified_at=desk.now)
    for number in range(3):
        await signed_in(desk, oidc, idp.token(jti=str(number)))
    kept = "SELECT count(*) FROM identity.tokens WHERE purpose = 'ID_TOKEN'"
    assert await desk.value(kept) == 3
    lately = "SELECT max(expires_at) < now() + interval '12 minutes' FROM identity.tokens WHERE purpose = 'ID_TOKEN'"
    assert await desk.value(lately)
    old = "UPDATE identity.tokens SET created_at = :t, used_at = :t, expires_at = :t"
    await desk.rows(f"{old} WHERE purpose = 'ID_TOKEN' RETURNING id", t=desk.now - timedelta(hours=1))
    await signed_in(desk, oidc, idp.token(jti="4"))
    assert await desk.value(kept) == 1


async def test_a_token_that_is_not_good_is_noted_and_says_nothing_of_itself(
    desk: Desk, oidc: OidcProvider, idp: Idp
) -> None:
    token = idp.token(aud="other")
    assert await refusal(signed_in(desk, oidc, token)) == ("UNAUTHENTICATED", "idToken")
    (event,) = await desk.rows("SELECT * FROM identity.security_events")
    assert (event["type"], event["user_id"]) == ("LOGIN_FAILED", None)
    assert event["details"] == {"reason": "BAD_TOKEN", "doing": "SIGN_IN_WITH_PROVIDER"}
    assert token not in repr(Shown(token, nonce="n"))


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"issuer": "http://id.example", "audience": "x"}, "issuer"),
        ({"issuer": "id.example", "audience": "x"}, "issuer"),
        ({"issuer": "https://a@id.example", "audience": "x"}, "issuer"),
        ({"issuer": "https://id.example:x", "audience": "x"}, "issuer"),
        ({"issuer": "https://id.example"}, "audience"),
        ({"issuer": "https://id.example", "audience": "x", "jwks_url": "http://x"}, "jwks_url"),
    ],
)
def test_settings_that_nobody_should_trust_are_refused(given: dict[str, Any], name: str) -> None:
    with pytest.raises(ValidationError) as error:
        Settings(oidc=Oidc(**given))  # type: ignore[call-arg]
    assert [fault["loc"] for fault in error.value.errors()] == [(name,)]


async def asked(client: httpx.AsyncClient, token: str, origin: str = "", **more: Any) -> httpx.Response:
    body = {"query": SIGN_IN, "variables": {"i": {"idToken": token, **more}}}
    return await client.post("/graphql", json=body, headers={"origin": origin} if origin else {})


async def test_over_the_api_an_id_token_becomes_a_session_and_is_none_itself(committed: str, idp: Idp) -> None:
    opening = partial(connected, committed, read_size=2, write_size=2)
    oidc = Oidc(issuer=idp.issuer, audience=CLIENT_ID, registers=True)
    async with serving(opening, None, oidc=oidc) as (client, _):
        token = idp.token()
        bearer = await client.post(
            "/graphql", json={"query": "{ version }"}, headers={"authorization": f"Bearer {token}"}
        )
        assert bearer.status_code == 401
        payload = (await asked(client, token, nonce="n", remember=True)).json()["data"]["signInWithProvider"]
        opened = payload.pop("token")
        assert payload == {
            "csrfToken": None,
            "user": {"email": EMAIL},
            "session": {"method": "SSO", "isRemembered": True},
            "userErrors": [],
        }
        query = {"query": "{ viewer { kind user { email } } }"}
        seen = await client.post("/graphql", json=query, headers={"authorization": f"Bearer {opened}"})
        assert seen.json()["data"]["viewer"] == {"kind": "user", "user": {"email": EMAIL}}
        (error,) = (await asked(client, token)).json()["data"]["signInWithProvider"]["userErrors"]
        assert error == {
            "code": "UNAUTHENTICATED",
            "field": "idToken",
            "message": "idToken was used before: sign in at the provider again.",
        }
        (error,) = (await asked(client, idp.token(jti="2"), cookie=True)).json()["data"]["signInWithProvider"][
            "userErrors"
        ]
        assert (error["code"], error["field"]) == ("FORBIDDEN", "cookie")
        by_cookie = await asked(client, idp.token(jti="3"), str(client.base_url).rstrip("/"), cookie=True)
        assert by_cookie.headers["set-cookie"].startswith("agora=agora_s_")
        assert by_cookie.json()["data"]["signInWithProvider"]["token"] is None


async def test_over_the_api_a_provider_that_is_down_is_a_clear_error(committed: str) -> None:
    opening = partial(connected, committed, read_size=2, write_size=2)
    async with (
        provider() as idp,
        serving(opening, None, oidc=Oidc(issuer="http://127.0.0.1:1", audience=CLIENT_ID)) as (client, _),
    ):
        answer = (await asked(client, idp.token())).json()
        (error,) = answer["errors"]
        assert answer["data"] is None
        assert error["message"] == "The identity provider does not answer at the moment; try again shortly."
        assert error["extensions"] == {"code": "INTERNAL"}


async def test_without_settings_it_is_off(committed: str, idp: Idp) -> None:
    async with serving(partial(connected, committed, read_size=2, write_size=2), None) as (client, _):
        payload = (await asked(client, idp.token())).json()["data"]["signInWithProvider"]
        message = "Sign-in with an identity provider is not set up here."
        assert payload["userErrors"] == [{"code": "FORBIDDEN", "field": None, "message": message}]
        assert idp.asked == []
