"""The token of a visitor opens one chat, as long as it goes on and for a day after."""

from pathlib import Path

import pytest

from app.auth import Authenticator
from app.database import connected
from app.services.chat.actors import Actor
from app.services.chat.locking import Found, sees
from graph.access.viewers import VISITOR
from graph.engine.access import Viewer
from models.chat import ChatSession
from tests.chat.chats import Chat, Chats, Shop, uuid_of
from tests.conftest import cloned
from tests.http.conftest import serving

EVERYTHING = """
{ chatSessions { nodes { id } } chatMessages { nodes { id } } chatEvents { nodes { id } }
  chatParticipants { nodes { id } } chatAgents { nodes { name avatarUrl status skills } }
  visitors { nodes { name notes key } } carts { totalCount } cannedResponses { totalCount } }
"""


START = "mutation($key: String!) { startChat(input: {widgetKey: $key}) { token session { id } userErrors { code } } }"
SEEN = "{ viewer { kind } chatSessions { nodes { id } } }"


async def viewer_of(chats: Chats, chat: Chat) -> Viewer | None:
    """Whom the token of a chat is of, as a process finds out that knows nothing yet."""
    identity = await Authenticator(chats.acquire).identify(chat.token)
    return identity.viewer if identity else None


async def test_a_token_says_whose_chat_it_is(chats: Chats) -> None:
    chat = await chats.opened(await chats.shop())
    assert await viewer_of(chats, chat) == chat.visitor
    assert (chat.visitor.kind, chat.visitor.params["chat"]) == (VISITOR, uuid_of(chat.id))


@pytest.mark.parametrize(
    ("ended", "opens"), [("now() - interval '23 hours'", True), ("now() - interval '25 hours'", False)]
)
async def test_a_token_is_good_for_a_day_after_the_chat(chats: Chats, ended: str, opens: bool) -> None:
    chat = await chats.opened(await chats.shop())
    await chats.did(chat.visitor, "endChat", sessionId=chat.id)
    assert await viewer_of(chats, chat) is not None
    older = f"UPDATE chat.chat_sessions SET started_at = {ended}, queued_at = {ended}, ended_at = {ended} WHERE id = $1"
    await chats.run(older, uuid_of(chat.id))
    assert (await viewer_of(chats, chat) is not None) is opens


async def test_the_token_of_a_barred_visitor_opens_nothing(chats: Chats) -> None:
    chat = await chats.opened(await chats.shop())
    await chats.run("UPDATE chat.visitors SET blocked_at = now() WHERE id = $1", chat.visitor.params["visitor"])
    assert await viewer_of(chats, chat) is None


async def test_a_visitor_sees_one_chat_and_what_belongs_to_it(chats: Chats) -> None:
    shop = await chats.shop()
    chat = await chats.answered(shop, visitor={"name": "Zoe"}, message="Hello?")
    other = await chats.answered(shop, visitor={"key": chat.visitor_key}, message="Me again.")
    assert other.visitor.params["visitor"] == chat.visitor.params["visitor"]
    note = await chats.says(shop.staff, chat, "A note.", isInternal=True)
    await chats.run("UPDATE chat.visitors SET notes = 'Nice.' WHERE id = $1", chat.visitor.params["visitor"])
    seen = (await chats.ask(chat.visitor, EVERYTHING))["data"]
    assert seen["chatSessions"]["nodes"] == [{"id": chat.id}]
    assert len(seen["chatMessages"]["nodes"]) == 1 and note not in str(seen)
    assert len(seen["chatEvents"]["nodes"]) == len(await chats.log(chat)) - 1
    assert len(seen["chatParticipants"]["nodes"]) == 2
    assert seen["chatAgents"]["nodes"] == [{"name": "Ada", "avatarUrl": None, "status": None, "skills": None}]
    assert seen["visitors"]["nodes"] == [{"name": "Zoe", "notes": None, "key": None}]
    assert (seen["carts"]["totalCount"], seen["cannedResponses"]["totalCount"]) == (0, 0)


async def test_services_and_policies_agree_on_who_sees_a_chat(chats: Chats) -> None:
    shop, other = await chats.shop(), await chats.shop()
    chat, beside = await chats.opened(shop), await chats.opened(shop)
    customer = await chats.person("Cleo")
    row = await chats.made(
        "customers.customers", business_id=shop.id, user_id=customer.params["user"], email="cleo@x.example"
    )
    await chats.run("UPDATE chat.visitors SET customer_id = $1 WHERE id = $2", row, chat.visitor.params["visitor"])
    customer = Viewer(customer.kind, {**customer.params, "customers": [row]})
    who = await people(chats, shop, other)
    for viewer in [chat.visitor, beside.visitor, customer, *who]:
        for one, owner in ((chat, row), (beside, None)):
            found = Found(ChatSession(id=uuid_of(one.id), business_id=shop.id), owner)
            asked = await chats.ask(viewer, "query($id: ID!) { chatSession(id: $id) { id } }", id=one.id)
            is_seen = asked["data"]["chatSession"] is not None
            assert is_seen is sees(Actor.of(viewer), found), viewer
            refused = await chats.does(viewer, "setTyping", sessionId=one.id)
            assert (refused["userErrors"] == []) is is_seen, viewer


async def people(chats: Chats, shop: Shop, other: Shop) -> list[Viewer]:
    """Members of all roles, and strangers."""
    roles = ("VIEWER", "STAFF", "MANAGER", "OWNER")
    members = [await chats.person(role, {shop.id: role}) for role in roles]
    return [*members, other.staff, await chats.person("Eve")]


@pytest.fixture
async def shops(server: Path, template: str) -> object:
    async with cloned(server, template) as url:
        yield url


async def test_a_page_of_the_widgets_site_opens_a_chat_over_http(shops: str, chats: Chats) -> None:
    async with connected(shops, read_size=2, write_size=2) as database:
        shop = await Chats(database, chats.schema, chats.passwords).shop(allowed_domains=["shop.example"])
        async with serving(lambda: connected(shops, read_size=2, write_size=2), None) as (client, _):
            body = {"query": START, "variables": {"key": shop.widget_key}}
            page = {"origin": "https://shop.example"}
            made = (await client.post("/graphql", json=body, headers=page)).json()["data"]["startChat"]
            bearer = {**page, "authorization": f"Bearer {made['token']}"}
            seen = await client.post(
                "/graphql", json={"query": "{ viewer { kind } chatSessions { nodes { id } } }"}, headers=bearer
            )
            assert seen.json()["data"] == {"viewer": {"kind": "visitor"}, "chatSessions": {"nodes": [made["session"]]}}
            evil = await client.post("/graphql", json=body, headers={"origin": "https://evil.example"})
            assert evil.json()["data"]["startChat"]["userErrors"] == [{"code": "FORBIDDEN"}]
            nothing = {"authorization": f"Bearer {made['token']}x"}
            assert (await client.post("/graphql", json=body, headers=nothing)).status_code == 401
