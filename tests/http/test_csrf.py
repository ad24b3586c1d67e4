"""A cookie opens a session for the pages of this site alone, on every transport."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import orjson
import pytest
import websockets

from app.database import connected
from app.services.accounts.passwords import Passwords
from app.services.accounts.tokens import digest
from tests.api import a_job, a_user
from tests.conftest import cloned
from tests.http.conftest import GRAPHQL_TRANSPORT_WS, serving

PASSWORD = "a quiet green river"
EVIL, SHOP = "https://evil.example", "https://shop.example"
JOBS = "{ jobs(orderBy: [{title: ASC}]) { nodes { title } } }"
SIGN_IN = """mutation($i: SignInInput!) { signIn(input: $i) {
  token csrfToken user { firstName } userErrors { code field message } } }"""
RENEW = "mutation { renewCsrfToken { csrfToken userErrors { code field } } }"
SIGN_OUT = "mutation { signOut { signedOut userErrors { code } } }"
EVENTS = {"accept": "text/event-stream"}
CLEARED = "agora=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict"


@dataclass(slots=True)
class Page:
    """A page of the site, whose browser keeps one cookie."""

    client: httpx.AsyncClient
    socket_url: str
    database: asyncpg.Connection
    cookie: str = ""
    csrf: str = ""

    @property
    def origin(self) -> str:
        return str(self.client.base_url).rstrip("/")

    @property
    def kept(self) -> dict[str, str]:
        """What any request of this browser has, whoever's page sends it."""
        return {"cookie": f"theme=dark; {self.cookie}; lang=en"} if self.cookie else {}

    @property
    def own(self) -> dict[str, str]:
        """What a request of this page has."""
        return {**self.kept, "origin": self.origin, "x-agora-csrf": self.csrf}

    async def post(self, query: str, headers: dict[str, str], **variables: Any) -> httpx.Response:
        return await self.client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)

    async def sign_in(self, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        """Sign Ada in; the browser keeps what it is told to keep."""
        given = {"email": "ada@x.example", "password": PASSWORD, "cookie": True, **more}
        answer = await self.post(SIGN_IN, {"origin": self.origin} if headers is None else headers, i=given)
        if told := answer.headers.get("set-cookie"):
            self.cookie = told.partition(";")[0]
            self.csrf = answer.json()["data"]["signIn"]["csrfToken"] or ""
        return answer

    async def end(self) -> None:
        """The session ends somewhere else, and that is known."""
        await self.database.execute("DELETE FROM identity.login_sessions")
        await asyncio.sleep(0.5)  # an identity is believed for 0.4 s


@pytest.fixture(scope="module")
async def site(server: Path, template: str) -> AsyncIterator[Page]:
    """Ada has an account and a draft; one other site is named."""
    passwords = Passwords(threads=1)
    async with cloned(server, template) as url:
        connection = await asyncpg.connect(url)

        async def insert(table: str, **values: Any) -> Any:
            places = ", ".join(f"${at}" for at in range(1, len(values) + 1))
            statement = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places}) RETURNING id"
            return await connection.fetchval(statement, *values.values())

        await a_job(insert, await a_user(insert, "Ada", password_hash=await passwords.hash(PASSWORD)), "hers")
        passwords.close()
        opening = partial(connected, url, read_size=2, write_size=2)
        async with serving(opening, None, cors_origins=(SHOP,)) as (client, socket_url):
            client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # the tests say what is kept
            yield Page(client, socket_url, connection)
        await connection.close()


@pytest.fixture
async def page(site: Page) -> Page:
    """A page whose browser keeps nothing yet, and nobody is signed in."""
    await site.database.execute("DELETE FROM identity.login_sessions")
    return Page(site.client, site.socket_url, site.database)


def titles(answer: httpx.Response) -> list[str]:
    """The jobs in an answer."""
    return [job["title"] for job in answer.json()["data"]["jobs"]["nodes"]]


def refused(answer: httpx.Response) -> tuple[int, str]:
    """The status and the code of a request that was not begun."""
    (error,) = answer.json()["errors"]
    assert "data" not in answer.json()
    return answer.status_code, error["extensions"]["code"]


async def test_a_page_signs_in_and_no_script_of_it_sees_the_token(page: Page) -> None:
    answer = await page.sign_in()
    payload = answer.json()["data"]["signIn"]
    assert (payload["token"], payload["user"], payload["userErrors"]) == (None, {"firstName": "Ada"}, [])
    assert len(payload["csrfToken"]) == 43
    cookie = SimpleCookie(answer.headers["set-cookie"])["agora"]
    assert cookie.value.startswith("agora_s_")
    assert cookie["httponly"] is True and (cookie["samesite"], cookie["path"]) == ("Strict", "/")
    assert (cookie["max-age"], cookie["secure"], cookie["domain"]) == ("", "", "")
    stored = await page.database.fetchrow("SELECT token_hash, csrf_token_hash FROM identity.login_sessions")
    assert stored is not None and tuple(stored) == (digest(cookie.value), digest(payload["csrfToken"]))
    assert titles(await page.post(JOBS, page.own)) == ["hers"]


async def test_a_remembered_cookie_outlives_the_browser(page: Page) -> None:
    answer = await page.sign_in(remember=True)
    assert SimpleCookie(answer.headers["set-cookie"])["agora"]["max-age"] == str(30 * 24 * 3600)


async def test_without_the_wish_nothing_changes(page: Page) -> None:
    answer = await page.sign_in(cookie=False, headers={})
    payload = answer.json()["data"]["signIn"]
    assert payload["token"].startswith("agora_s_") and payload["csrfToken"] is None
    assert "set-cookie" not in answer.headers
    as_cookie = {"cookie": f"agora={payload['token']}", "origin": page.origin}
    assert titles(await page.post(JOBS, as_cookie)) == []  # what is shown as a header is no cookie
    assert refused(await page.post(JOBS, {**as_cookie, "x-agora-csrf": "x"})) == (401, "UNAUTHENTICATED")


FORGED: dict[str, dict[str, str]] = {
    "no token beside it": {"x-agora-csrf": ""},
    "another token beside it": {"x-agora-csrf": "x" * 43},
    "letters of no alphabet": {"x-agora-csrf": "\xe9"},
    "a page of another site": {"origin": EVIL},
    "a page of another port": {"origin": "http://127.0.0.1:1"},
    "a page by another scheme": {"origin": "https"},
    "a page in a sandbox": {"origin": "null"},
    "no page": {"origin": ""},
    "no page, a link of another site": {"origin": "", "sec-fetch-site": "cross-site"},
    "no page, a sibling's": {"origin": "", "sec-fetch-site": "same-site"},
    "another name of the host": {"host": "evil.example"},
    "another name of the host and its page": {"host": "evil.example", "origin": "http://127.0.0.1"},
}


def forged(page: Page, change: dict[str, str]) -> list[tuple[bytes, bytes]]:
    """The headers of the page, changed; what is empty is left out."""
    given = {**page.own, **change}
    if given["origin"] == "https":
        given["origin"] = page.origin.replace("http://", "https://")
    return [(name.encode(), value.encode("latin-1")) for name, value in given.items() if value]


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED)
async def test_a_forged_post_is_refused_with_the_way_out(page: Page, change: dict[str, str]) -> None:
    await page.sign_in()
    for more in ({}, EVENTS):
        answer = await page.post(SIGN_OUT, dict(forged(page, change)) | more)  # type: ignore[arg-type]
        assert refused(answer) == (403, "FORBIDDEN")
        assert "send" in answer.json()["errors"][0]["message"]
    assert titles(await page.post(JOBS, page.own)) == ["hers"]


FORMS = ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x", ""]


@pytest.mark.parametrize("type_", FORMS)
async def test_a_form_does_nothing_with_or_without_the_token(page: Page, type_: str) -> None:
    await page.sign_in()
    body = orjson.dumps({"query": SIGN_OUT})
    typed = {"content-type": type_} if type_ else {}
    for headers, status in (({**page.kept, "origin": EVIL}, 403), (page.kept, 403), (page.own, 415)):
        answer = await page.client.post("/graphql", content=body, headers={**headers, **typed})
        assert answer.status_code == status
    assert titles(await page.post(JOBS, page.own)) == ["hers"]


async def test_by_get_a_cookie_reads_for_pages_of_this_site_and_changes_nothing(page: Page) -> None:
    await page.sign_in()
    same, navigated = {"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}
    for more in ({"origin": page.origin}, same):
        answer = await page.client.get("/graphql", params={"query": JOBS}, headers={**page.kept, **more})
        assert titles(answer) == ["hers"]
        assert answer.headers["cache-control"] == "no-store"
        mutation = await page.client.get("/graphql", params={"query": SIGN_OUT}, headers={**page.kept, **more})
        assert mutation.status_code == 405
    for more in ({}, navigated, {"origin": EVIL}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
        for accept in ({}, EVENTS):
            headers = {**page.kept, **more, **accept}
            answer = await page.client.get("/graphql", params={"query": JOBS}, headers=headers)
            assert refused(answer) == (403, "FORBIDDEN")
    stream = await page.client.get("/graphql", params={"query": JOBS}, headers={**page.kept, **same, **EVENTS})
    assert "hers" in stream.text
    assert titles(await page.post(JOBS, page.own)) == ["hers"]


async def test_a_browser_that_opens_the_address_gets_the_page_whatever_its_cookie(page: Page) -> None:
    await page.sign_in()
    headers = {**page.kept, "accept": "text/html", "sec-fetch-site": "none"}
    answer = await page.client.get("/graphql", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


async def test_a_named_site_may_use_the_cookie(page: Page) -> None:
    await page.sign_in({"origin": SHOP})
    assert page.cookie
    headers = {**page.own, "origin": SHOP}
    answer = await page.post(JOBS, headers)
    assert titles(answer) == ["hers"]
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert answer.headers["access-control-allow-credentials"] == "true"


async def test_the_question_before_a_request_of_another_site_is_answered_for_named_ones_only(page: Page) -> None:
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "content-type,x-agora-csrf"}
    answer = await page.client.options("/graphql", headers={**asked, "origin": SHOP})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, SHOP)
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert "x-agora-csrf" in answer.headers["access-control-allow-headers"]
    for origin in (EVIL, "null", page.origin):
        answer = await page.client.options("/graphql", headers={**asked, "origin": origin})
        assert answer.status_code == 400 and "access-control-allow-origin" not in answer.headers


async def test_with_every_site_welcome_none_of_them_may_use_a_cookie(committed: str) -> None:
    async with serving(partial(connected, committed, read_size=1, write_size=1), None, cors_origins=("*", "null")) as (
        client,
        url,
    ):
        page = Page(client, url, None)  # type: ignore[arg-type]
        asked = {"access-control-request-method": "POST", "origin": EVIL}
        answer = await client.options("/graphql", headers=asked)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
        for origin in (EVIL, "null", "*"):
            (error,) = (await page.sign_in({"origin": origin})).json()["data"]["signIn"]["userErrors"]
            assert (error["code"], error["field"]) == ("FORBIDDEN", "cookie")


async def test_authorization_beats_the_cookie(page: Page) -> None:
    await page.sign_in()
    wrong = {**page.own, "authorization": "Bearer agora_s_nothing"}
    assert refused(await page.post(JOBS, wrong)) == (401, "UNAUTHENTICATED")
    token = (await page.sign_in(cookie=False)).json()["data"]["signIn"]["token"]
    bearer = {**page.kept, "authorization": f"Bearer {token}"}
    assert titles(await page.post(JOBS, bearer)) == ["hers"]
    out = await page.post(SIGN_OUT, bearer)
    assert out.json()["data"]["signOut"]["signedOut"] is True
    assert "set-cookie" not in out.headers
    assert titles(await page.post(JOBS, page.own)) == ["hers"]


@pytest.mark.parametrize("mutation", [SIGN_OUT, "mutation { signOutEverywhere { endedCount } }"])
async def test_who_signs_out_leaves_no_cookie(page: Page, mutation: str) -> None:
    await page.sign_in()
    answer = await page.post(mutation, page.own)
    assert answer.headers["set-cookie"] == CLEARED
    assert await page.database.fetchval("SELECT count(*) FROM identity.login_sessions WHERE revoked_at IS NULL") == 0


async def test_a_page_that_was_reloaded_is_told_its_token_again_and_other_tabs_go_on(page: Page) -> None:
    await page.sign_in()
    asking = {**page.kept, "origin": page.origin, "x-agora-csrf": "renew"}
    answer = await page.post(RENEW, asking)
    assert answer.json()["data"]["renewCsrfToken"] == {"csrfToken": page.csrf, "userErrors": []}
    assert titles(await page.post(JOBS, page.own)) == ["hers"]
    assert titles(await page.post(JOBS, asking)) == []  # who asks for the token may do nothing else
    (error,) = (await page.post(SIGN_OUT, asking)).json()["data"]["signOut"]["userErrors"]
    assert error == {"code": "UNAUTHENTICATED"}


@pytest.mark.parametrize(
    "change",
    [{"x-agora-csrf": ""}, {"origin": EVIL}, {"origin": "null"}, {"origin": ""}, {"content-type": "text/plain"}],
    ids=str,
)
async def test_another_site_is_not_told_the_token(page: Page, change: dict[str, str]) -> None:
    await page.sign_in()
    given = {**page.kept, "origin": page.origin, "x-agora-csrf": "renew", "content-type": "application/json", **change}
    headers = {name: value for name, value in given.items() if value}
    answer = await page.client.post("/graphql", content=orjson.dumps({"query": RENEW}), headers=headers)
    assert answer.status_code in (403, 415)
    assert page.csrf not in answer.text


async def test_without_a_cookie_there_is_no_token_to_be_told(page: Page) -> None:
    for headers in ({}, {"origin": page.origin, "x-agora-csrf": "renew"}):
        payload = (await page.post(RENEW, headers)).json()["data"]["renewCsrfToken"]
        assert payload == {"csrfToken": None, "userErrors": [{"code": "UNAUTHENTICATED", "field": None}]}


async def test_a_cookie_whose_session_ended_is_refused_and_dropped(page: Page) -> None:
    await page.sign_in()
    await page.end()
    for answer in (
        await page.post(JOBS, page.own),
        await page.post(JOBS, {**page.own, **EVENTS}),
        await page.post(RENEW, {**page.own, "x-agora-csrf": "renew"}),
        await page.client.get("/graphql", params={"query": JOBS}, headers={**page.kept, "origin": page.origin}),
    ):
        assert refused(answer) == (401, "UNAUTHENTICATED")
        assert (answer.headers["set-cookie"], answer.headers["www-authenticate"]) == (CLEARED, "Bearer")


async def test_a_cookie_whose_session_ended_keeps_nobody_from_signing_in(page: Page) -> None:
    await page.sign_in()
    await page.end()
    claimless = {**page.kept, "origin": page.origin}
    answer = await page.post(JOBS, claimless)
    assert titles(answer) == [] and answer.headers["set-cookie"] == CLEARED
    broken = await page.client.post("/graphql", content=b"{", headers={**claimless, "content-type": "application/json"})
    assert (broken.status_code, broken.headers["set-cookie"]) == (400, CLEARED)
    old, again = page.cookie, await page.sign_in(claimless)
    assert again.json()["data"]["signIn"]["userErrors"] == []
    assert page.cookie != old
    assert titles(await page.post(JOBS, page.own)) == ["hers"]


async def test_a_cookie_is_set_only_by_a_post_of_a_page_of_this_site(page: Page) -> None:
    for headers, code in (
        ({}, "FORBIDDEN"),
        ({"origin": EVIL}, "FORBIDDEN"),
        ({"origin": "null"}, "FORBIDDEN"),
        ({"origin": page.origin, **EVENTS}, "BAD_USER_INPUT"),
    ):
        answer = await page.post(SIGN_IN, headers, i={"email": "ada@x.example", "password": PASSWORD, "cookie": True})
        assert "set-cookie" not in answer.headers and f'"code":"{code}","field":"cookie"' in answer.text
    assert await page.database.fetchval("SELECT count(*) FROM identity.login_sessions") == 0


async def test_a_name_that_is_not_this_machines_needs_https(page: Page) -> None:
    given = {"email": "ada@x.example", "password": PASSWORD, "cookie": True}
    headers = {"host": "agora.example", "origin": "http://agora.example"}
    answer = await page.post(SIGN_IN, headers, i=given)
    (error,) = answer.json()["data"]["signIn"]["userErrors"]
    assert (error["code"], error["field"]) == ("BAD_USER_INPUT", "cookie") and "https" in error["message"]


async def test_by_https_the_cookie_is_one_that_no_other_host_can_set(page: Page) -> None:
    proxied = {"x-forwarded-proto": "https", "host": "agora.example", "origin": "https://agora.example"}
    answer = await page.sign_in(proxied)
    told = answer.headers["set-cookie"]
    assert told.startswith("__Host-agora=agora_s_") and told.endswith("; Path=/; HttpOnly; SameSite=Strict; Secure")
    headers = {**page.own, **proxied}
    assert titles(await page.post(JOBS, headers)) == ["hers"]
    assert refused(await page.post(JOBS, {**headers, "origin": "http://agora.example"})) == (403, "FORBIDDEN")
    tossed = {**headers, "cookie": page.cookie.replace("__Host-agora", "agora")}
    assert titles(await page.post(JOBS, tossed)) == []


async def by_socket(page: Page, payload: Any, query: str = JOBS, **more: Any) -> Any:
    """The answer over a WebSocket that begins with `payload`."""
    async with websockets.connect(page.socket_url, subprotocols=[GRAPHQL_TRANSPORT_WS], **more) as socket:
        await socket.send(orjson.dumps({"type": "connection_init", "payload": payload}).decode())
        await socket.recv()
        given = {"i": {"email": "ada@x.example", "password": PASSWORD, "cookie": True}}
        message = {"id": "1", "type": "subscribe", "payload": {"query": query, "variables": given}}
        await socket.send(orjson.dumps(message).decode())
        return orjson.loads(await socket.recv())["payload"]["data"]


async def test_a_websocket_of_an_own_page_with_the_token_acts_for_the_session(page: Page) -> None:
    await page.sign_in()
    own: Any = {"origin": page.origin, "additional_headers": page.kept}
    assert (await by_socket(page, {"csrfToken": page.csrf}, **own))["jobs"]["nodes"] == [{"title": "hers"}]
    payload = (await by_socket(page, {"csrfToken": page.csrf}, SIGN_IN, **own))["signIn"]
    assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [("BAD_USER_INPUT", "cookie")]
    for given, origin, code in (
        ({"csrfToken": page.csrf}, None, 4403),
        ({"csrfToken": "x"}, page.origin, 4403),
        ({"csrfToken": "renew"}, page.origin, 4403),
        ({"csrfToken": [page.csrf]}, page.origin, 4400),
        (None, page.origin, 4403),
    ):
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await by_socket(page, given, origin=origin, additional_headers=page.kept)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == code


@pytest.mark.parametrize("origin", [EVIL, "null"])
async def test_a_websocket_of_a_foreign_page_is_not_opened(page: Page, origin: Any) -> None:
    await page.sign_in()
    with pytest.raises(websockets.InvalidStatus) as refusal:
        await by_socket(page, {"csrfToken": page.csrf}, origin=origin, additional_headers=page.kept)
    assert refusal.value.response.status_code == 403


async def test_a_websocket_by_cookie_is_closed_when_the_session_ends(page: Page) -> None:
    await page.sign_in()
    own: Any = {"origin": page.origin, "additional_headers": page.kept}
    async with websockets.connect(page.socket_url, subprotocols=[GRAPHQL_TRANSPORT_WS], **own) as socket:
        init = {"type": "connection_init", "payload": {"csrfToken": page.csrf}}
        await socket.send(orjson.dumps(init).decode())
        await socket.recv()
        await page.database.execute("DELETE FROM identity.login_sessions")
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 4403
    assert (await by_socket(page, None, **own))["jobs"]["nodes"] == []
    with pytest.raises(websockets.ConnectionClosed):
        await by_socket(page, {"csrfToken": page.csrf}, **own)
