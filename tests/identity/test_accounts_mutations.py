"""Accounts and keys as a client of the API sees them."""

from time import perf_counter
from typing import Any
from uuid import UUID

import orjson
import pytest
import strawberry

import models
from app.database import Database
from app.services.accounts.passwords import Passwords
from app.services.accounts.tokens import digest
from graph.access.policies import Policies
from graph.context import Context
from graph.engine.access import ANONYMOUS, Viewer
from graph.engine.answer import Engine, Operation
from graph.engine.model.entities import describe
from graph.engine.schema.derive import Derived
from graph.engine.schema.schema import Schema
from graph.identity import EVEN_SECONDS, IdentityMutation
from tests.identity.accounts import CLIENT, EMAIL, OTHER, PASSWORD, Desk

REGISTER = "mutation($i: RegisterInput!) { register(input: $i) { accepted userErrors { code field message } } }"
SIGN_IN = """mutation($i: SignInInput!) { signIn(input: $i) {
  token user { id firstName } session { id isRemembered } userErrors { code field message } } }"""
ASK = "mutation($i: RequestPasswordResetInput!) { requestPasswordReset(input: $i) { accepted userErrors { code } } }"
AGAIN = "mutation($i: ResendVerificationInput!) { resendVerification(input: $i) { accepted userErrors { code } } }"
RESET = "mutation($i: ResetPasswordInput!) { resetPassword(input: $i) { changed userErrors { code field } } }"
CHANGE = (
    "mutation($i: ChangePasswordInput!) { changePassword(input: $i) { changed endedCount userErrors { code field } } }"
)
VERIFY = "mutation($i: VerifyEmailInput!) { verifyEmail(input: $i) { verified userErrors { code field } } }"
CREATE = """mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) {
  secret apiKey { id prefix scopes status } userErrors { code field message } } }"""
REVOKE = "mutation($i: RevokeApiKeyInput!) { revokeApiKey(input: $i) { apiKey { status } userErrors { code field } } }"
END = """mutation($i: RevokeSessionInput!) {
  revokeSession(input: $i) { session { revokedReason } userErrors { code field } } }"""

PERSON = {"email": EMAIL, "password": PASSWORD, "firstName": "Ada", "lastName": "L"}
SIGN_IN_FIRST = [{"code": "UNAUTHENTICATED", "field": None}]


@strawberry.type
class Query:
    """A schema has one."""

    here: bool = True


@strawberry.type
class Mutation(IdentityMutation):
    """Accounts alone."""


def schema(access: Any = None) -> Schema:
    graph = describe(models.Base)
    return Schema(Derived(graph, access or Policies(graph), ()), query=Query, mutation=Mutation)


class Client:
    """The API, asked by nobody at first."""

    def __init__(self, database: Database, passwords: Passwords, schema: Schema) -> None:
        self.database, self.passwords, self.viewer = database, passwords, ANONYMOUS
        self.engine = Engine(schema, schema.derived.graph, schema.derived.access, database.reads.acquire)

    async def raw(self, query: str, **variables: Any) -> bytes:
        context = Context(self.database, self.passwords, self.viewer, CLIENT)
        return (await self.engine.answer(Operation(query, variables, viewer=self.viewer, context=context))).body

    async def __call__(self, query: str, **input: Any) -> Any:
        """What the one root field answers."""
        answer = orjson.loads(await self.raw(query, i=input))
        assert "errors" not in answer, answer
        (payload,) = answer["data"].values()
        return payload

    def become(self, user: UUID, session: UUID | None = None) -> None:
        self.viewer = Viewer("user", {"user": user, "session": session, "customers": [], "shops": []})


_SCHEMA: list[Schema] = []


@pytest.fixture
def client(database: Database, passwords: Passwords) -> Client:
    if not _SCHEMA:
        _SCHEMA.append(schema())
    return Client(database, passwords, _SCHEMA[0])


def every(payload: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(error["code"], error["field"]) for error in payload["userErrors"]]


async def test_a_known_and_an_unknown_address_are_answered_with_the_same_bytes(client: Client, real: Desk) -> None:
    new = await client.raw(REGISTER, i=PERSON)
    known = await client.raw(REGISTER, i={**PERSON, "password": OTHER})
    assert new == known == b'{"data":{"register":{"accepted":true,"userErrors":[]}}}'
    assert [notice["template"] for notice in await real.notices()] == [
        "account.verify_email",
        "account.already_registered",
    ]
    asked = [await client.raw(ASK, i={"email": email}) for email in (EMAIL, "no@x.example", "nonsense")]
    assert set(asked) == {b'{"data":{"requestPasswordReset":{"accepted":true,"userErrors":[]}}}'}
    again = [await client.raw(AGAIN, i={"email": email}) for email in (EMAIL, "no@x.example", "nonsense")]
    assert set(again) == {b'{"data":{"resendVerification":{"accepted":true,"userErrors":[]}}}'}


async def test_time_does_not_tell_either_whether_an_email_was_sent(client: Client, real: Desk) -> None:
    await real.person()
    for email in (EMAIL, "no@x.example"):
        begun = perf_counter()
        await client(ASK, email=email)
        await client(AGAIN, email=email)
        await client(REGISTER, **{**PERSON, "email": email})
        assert perf_counter() - begun >= 3 * EVEN_SECONDS


async def test_a_bad_registration_is_told_with_its_fields(client: Client) -> None:
    payload = await client(REGISTER, **{**PERSON, "email": "x", "firstName": ""})
    assert payload["accepted"] is False
    assert every(payload) == [("BAD_USER_INPUT", "email"), ("BAD_USER_INPUT", "firstName")]
    assert payload["userErrors"][0]["message"] == "email must be an e-mail address."


async def test_from_the_first_to_the_last_a_person_can_do_it_all(client: Client, real: Desk) -> None:
    await client(REGISTER, **PERSON)
    assert await client(VERIFY, token=await real.token()) == {"verified": True, "userErrors": []}
    signed = await client(SIGN_IN, email=EMAIL, password=PASSWORD, remember=True)
    assert signed["token"].startswith("agora_s_")
    assert signed["userErrors"] == []
    assert signed["user"]["firstName"] == "Ada"
    (session,) = await real.rows(
        "SELECT id, user_id FROM identity.login_sessions WHERE token_hash = :h", h=digest(signed["token"])
    )
    client.become(session["user_id"], session["id"])
    other = (await real.sign_in()).session.id
    payload = await client(END, sessionId=f"login_session_{other}")
    assert payload == {"session": {"revokedReason": "REVOKED_BY_USER"}, "userErrors": []}
    await real.sign_in()
    assert await client(CHANGE, oldPassword=PASSWORD, newPassword=OTHER) == {
        "changed": True,
        "endedCount": 1,
        "userErrors": [],
    }
    answer = orjson.loads(
        await client.raw(
            "mutation { signOutEverywhere(exceptHere: true) { endedCount } signOut { signedOut userErrors { code } } }"
        )
    )
    assert answer["data"] == {"signOutEverywhere": {"endedCount": 0}, "signOut": {"signedOut": True, "userErrors": []}}
    client.viewer = ANONYMOUS
    real.wait(minutes=10)
    await client(ASK, email=EMAIL)
    assert await client(RESET, token=await real.token(), newPassword=PASSWORD) == {"changed": True, "userErrors": []}
    assert (await client(SIGN_IN, email=EMAIL, password=PASSWORD))["token"]


async def test_who_is_not_let_in_is_told_one_thing_whatever_the_reason(client: Client, real: Desk) -> None:
    await real.person("inactive@x.example", is_active=False)
    await real.person()
    asked = [{"email": "no@x.example", "password": PASSWORD}, {"email": EMAIL, "password": "a wrong password"}]
    asked += [{"email": "inactive@x.example", "password": PASSWORD}]
    (answer,) = {await client.raw(SIGN_IN, i=given) for given in asked}
    payload = orjson.loads(answer)["data"]["signIn"]
    message = "email or password is wrong, or sign-in is locked for a while."
    assert payload == {
        "token": None,
        "user": None,
        "session": None,
        "userErrors": [{"code": "UNAUTHENTICATED", "field": "email", "message": message}],
    }


async def test_guesses_under_many_aliases_count_one_by_one(client: Client, real: Desk) -> None:
    await real.person()
    guesses = " ".join(
        f'g{i}: signIn(input: {{email: "{EMAIL}", password: "wrong password {i}"}}) {{ token }}' for i in range(8)
    )
    right = f'right: signIn(input: {{email: "{EMAIL}", password: "{PASSWORD}"}}) {{ token }}'
    answer = orjson.loads(await client.raw(f"mutation {{ {guesses} {right} }}"))
    assert all(payload["token"] is None for payload in answer["data"].values())
    assert (await real.user())["failed_login_attempts"] == 5
    assert (await real.events()).count("LOGIN_FAILED") == 9


async def test_who_has_not_signed_in_is_told_so_by_every_field_that_needs_it(client: Client) -> None:
    nobody = UUID(int=7)
    payloads = [
        await client(CHANGE, oldPassword=PASSWORD, newPassword=OTHER),
        await client(END, sessionId=f"login_session_{nobody}"),
        await client(REVOKE, apiKeyId=f"api_key_{nobody}"),
    ]
    answer = orjson.loads(
        await client.raw(
            "mutation { signOut { userErrors { code field } } signOutEverywhere { userErrors { code field } } }"
        )
    )
    for payload in [*payloads, *answer["data"].values()]:
        assert payload["userErrors"] == SIGN_IN_FIRST
    (error,) = (await client(CREATE, businessId=f"business_{nobody}", name="Key", scopes=["*"]))["userErrors"]
    assert error == {"code": "UNAUTHENTICATED", "field": None, "message": "Sign in first."}


async def test_another_persons_session_cannot_be_ended(client: Client, real: Desk) -> None:
    await real.person()
    client.become(await real.person("thief@x.example"))
    session = (await real.sign_in()).session.id
    payload = await client(END, sessionId=f"login_session_{session}")
    assert payload == {"session": None, "userErrors": [{"code": "NOT_FOUND", "field": "sessionId"}]}


async def test_an_owner_makes_a_key_and_takes_it_back(client: Client, real: Desk) -> None:
    user = await real.person()
    shop = await real.value(
        "INSERT INTO business.businesses (name, slug, type) VALUES ('s', 's', 'RETAIL') RETURNING id"
    )
    client.become(user)
    wanted = {
        "businessId": f"business_{shop}",
        "name": "Key",
        "scopes": ["orders:read"],
        "allowedIps": ["192.0.2.0/24"],
    }
    assert every(await client(CREATE, **wanted)) == [("FORBIDDEN", "businessId")]
    (error,) = orjson.loads(await client.raw(CREATE, i={**wanted, "expiresAt": "2999-01-01T00:00:00"}))["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    await real.rows(
        "INSERT INTO identity.memberships (business_id, user_id, role) VALUES (:b, :u, 'OWNER') RETURNING id",
        b=shop,
        u=user,
    )
    assert every(await client(CREATE, **wanted)) == [("FORBIDDEN", "businessId")]  # as one who only shops
    role = {name: [shop] for name in ("viewer", "staff", "manager", "owner")}
    client.viewer = Viewer("member", {**client.viewer.params, **role})
    made = await client(CREATE, **wanted)
    key = made["apiKey"]
    assert made["secret"].startswith(key["prefix"] + "_")
    assert (key["scopes"], key["status"]) == (["orders:read"], "ACTIVE")
    assert await client(REVOKE, apiKeyId=key["id"]) == {"apiKey": {"status": "REVOKED"}, "userErrors": []}
    assert every(await client(REVOKE, apiKeyId=key["id"])) == [("CONFLICT", "apiKeyId")]


async def test_a_malformed_id_is_named(client: Client) -> None:
    (error,) = orjson.loads(await client.raw(END, i={"sessionId": "user_1"}))["errors"]
    assert (
        error["message"]
        == 'Argument "input.sessionId" is not the ID of a login_session: expected login_session_<uuid>.'
    )


def test_everything_is_described() -> None:
    core = (_SCHEMA or [schema()])[0].core
    assert core.mutation_type is not None
    written = {
        name: one for name, one in core.mutation_type.fields.items() if "strawberry-definition" in one.extensions
    }
    assert len(written) == 14
    for name, field in written.items():
        assert field.description, name
        assert all(argument.description for argument in field.args.values()), name
        payload: Any = core.get_type(name[0].upper() + name[1:] + "Payload")
        assert payload.description
        assert all(inner.description for inner in payload.fields.values()), name
