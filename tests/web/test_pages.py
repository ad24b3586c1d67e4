"""The pages that `make web` builds: who is shown them, with what, and what they may load."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from starlette.applications import Starlette

from app.database import connected
from app.http.application import create_app
from app.http.pages import GIVEN, Pages, filled, policy
from app.personas import FILE
from app.settings import Settings
from tests.conftest import cloned
from tests.http.conftest import listening

PAGE = f"<!doctype html><title>x</title>{GIVEN}"
PEOPLE = {name: {"email": "a@b.example", "about": name, "token": f"agora_s_{name}"} for name in ("admin", "owner")}
HTML = {"accept": "text/html,*/*"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as `make web` leaves it, with small files."""
    folder = tmp_path_factory.mktemp("web")
    (folder / "assets").mkdir()
    for name in ("graphiql", "chat", "desk"):
        (folder / f"{name}.html").write_text(PAGE)
    (folder / "assets" / "chat-abc123.js").write_text("export const text = 'x';\n" * 100)
    (folder / "assets" / "style-abc123.css").write_text("body {}")
    (folder / "assets" / "codicon-abc123.ttf").write_bytes(b"\0\1")
    (folder / "assets" / "notes.exe").write_text("no")
    (folder / "secret.txt").write_text("no")
    return folder


@pytest.fixture(scope="module")
async def client(
    server: Path, template: str, built: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    """Asks a server that has the pages and the people of the sample data."""
    data = tmp_path_factory.mktemp("data")
    (data / FILE).write_bytes(orjson.dumps(PEOPLE))
    async with cloned(server, template) as url, listening(app_with(url, built, data_dir=data)) as (client, _):
        yield client


def app_with(url: str, web: Path, **settings: Any) -> Starlette:
    """The application over the database at `url`, with the pages in `web`."""
    return create_app(Settings(**settings), lambda: connected(url, read_size=2, write_size=1), web=web)


def told(page: str) -> object:
    """What stands in the block of a page."""
    found = re.search(r'<script type="application/json" id="given">(.*?)</script>', page)
    return json.loads(found[1]) if found and found[1] else None


async def test_graphiql_asks_as_administrator_for_whom_opens_it_on_this_machine(client: httpx.AsyncClient) -> None:
    page = await client.get("/graphql", headers={**HTML, "sec-fetch-dest": "document"})
    given = told(page.text)
    assert isinstance(given, dict)
    assert given["headers"] == {"authorization": "Bearer agora_s_admin"}
    assert len(given["tabs"]) >= 9
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-dest": "empty"}, {"origin": "http://evil.example"}, {"host": "rebound.example"}]
)
async def test_no_token_is_shown_to_a_script_or_to_another_host(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    for path in ("/graphql", "/demo/desk"):
        page = await client.get(path, headers={**HTML, **headers})
        assert "agora_s_" not in page.text
        assert page.status_code == 200


async def test_the_desk_is_told_who_may_answer_and_the_visitors_page_nothing(client: httpx.AsyncClient) -> None:
    desk, chat = await client.get("/demo/desk"), await client.get("/demo/chat")
    assert told(desk.text) == {"people": [{"name": name, **one} for name, one in PEOPLE.items()]}
    assert told(chat.text) == {"people": []}
    assert (desk.headers["cache-control"], chat.headers["cache-control"]) == ("no-store", "no-cache")


@pytest.mark.parametrize(("path", "inline"), [("/graphql", True), ("/demo/chat", False), ("/demo/desk", False)])
async def test_a_page_may_load_only_what_is_ours(client: httpx.AsyncClient, path: str, inline: bool) -> None:
    page = await client.get(path, headers=HTML)
    rules = dict(rule.split(" ", 1) for rule in page.headers["content-security-policy"].split("; "))
    assert (rules["default-src"], rules["script-src"], rules["frame-ancestors"]) == ("'none'", "'self'", "'none'")
    assert rules["connect-src"] == f"'self' ws://127.0.0.1:{client.base_url.port}"
    assert ("'unsafe-inline'" in rules["style-src"]) is inline
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["x-content-type-options"] == "nosniff"


def test_a_host_that_is_none_gets_into_no_policy() -> None:
    for host in (b"x; script-src *", b"a b", b"", b"x'y"):
        assert "connect-src 'self'" in policy({}, {"scheme": "http"}, {b"host": host})
        assert policy({}, {"scheme": "http"}, {b"host": host}).endswith("'self'")
    assert policy({}, {"scheme": "https"}, {b"host": b"[::1]:8000"}) == "connect-src 'self' wss://[::1]:8000"


def test_nothing_that_a_page_is_told_ends_its_block() -> None:
    page = filled(PAGE, {"tabs": ["</script><script>alert(1)</script><!--"]}).decode()
    assert page.count("<script") == page.count("</script") == 1
    assert told(page) == {"tabs": ["</script><script>alert(1)</script><!--"]}


async def test_files_are_kept_for_good_and_asked_for_again_by_their_name(client: httpx.AsyncClient) -> None:
    url = "/web/assets/chat-abc123.js"
    file = await client.get(url, headers={"accept-encoding": "gzip"})
    assert file.headers["content-type"] == "text/javascript; charset=utf-8"
    assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert file.headers["content-encoding"] == "gzip"
    assert file.text.startswith("export const text")
    again = await client.get(url, headers={"if-none-match": file.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (await client.head(url)).status_code == 200
    types = [(await client.get(f"/web/assets/{name}")).headers["content-type"] for name in ("style-abc123.css",)]
    assert types == ["text/css; charset=utf-8"]
    assert (await client.get("/web/assets/codicon-abc123.ttf")).headers["content-type"] == "font/ttf"


@pytest.mark.parametrize("name", ["notes.exe", "nothing.js", "..%2Fsecret.txt", ".hidden.js", "%2e%2e/secret.txt"])
async def test_nothing_else_of_the_machine_is_handed_out(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(f"/web/assets/{name}")).status_code == 404
    assert (await client.post("/web/assets/chat-abc123.js")).status_code == 405


def test_without_the_build_the_pages_say_how_to_make_it(tmp_path: Path) -> None:
    pages, scope = Pages(tmp_path, PEOPLE), {"scheme": "http", "client": ("127.0.0.1", 1)}
    headers, body = pages.graphiql(scope, {b"host": b"127.0.0.1"})
    assert b"cdn.jsdelivr.net" in body and b"make web" in body and b"agora_s_admin" in body
    assert headers["cache-control"] == "no-store"
    status, _, body = pages.demo("chat", scope, {b"host": b"127.0.0.1"})
    assert (status, b"make web" in body) == (503, True)


async def test_hardened_the_server_shows_no_page(server: Path, template: str, built: Path) -> None:
    async with cloned(server, template) as url, listening(app_with(url, built, hardened=True)) as (client, _):
        for path in ("/demo/chat", "/demo/desk", "/web/assets/chat-abc123.js", "/"):
            assert (await client.get(path, headers=HTML)).status_code == 404
        assert (await client.get("/graphql", headers=HTML)).status_code == 405
