"""What looks like an ID and is none finds nothing, wherever IDs are given, and is no fault of the server's."""

import base64
from typing import Any

import orjson
import pytest

from tests.http.conftest import Served


def forged(kind: str, key: str) -> list[str]:
    """IDs that look like that of the row `key` of `kind`, and are none."""
    true = f"{kind}_{key}"
    return [
        *(true.upper(), f"{kind}_{key.upper()}", f"{kind.title()}_{key}", f"{kind}-{key}", f"{kind}:{key}"),
        *(f"{kind}{key}", f"{kind}__{key}", key, f"_{key}", kind, f"{kind}_", "", " ", f" {true}", f"{true} "),
        *(f"{true}\n", f"{true}\0", f"{kind}\0_{key}", f"{kind}_{key.replace('-', '')}", f"{kind}_{{{key}}}"),
        *(f"{kind}_{key}'--", f"{kind}_urn:uuid:{key}", true.replace("u", "ü"), true.replace("_", "\uff3f")),
        *(true.replace("0", "\uff10"), true.replace("e", "\u0435"), f"\ufeff{true}", f"{true}\u200b"),
        *(base64.b64encode(text.encode()).decode() for text in (true, f"{kind}:{key}", f"User:{key}")),
        *("0", "-1", "9" * 400, f"{kind}_{'9' * 36}", f"{kind}_{key}_{key}", f"{kind}_{key}{key}"),
    ]


PLACES = {
    "node": "query ($i: ID!) { node(id: $i) { id } }",
    "nodes": "query ($i: ID!) { nodes(ids: [$i]) { id } }",
    "user": "query ($i: ID!) { user(id: $i) { id } }",
    "eq": "query ($i: ID!) { users(filter: {id: {eq: $i}}) { nodes { id } } }",
    "in": "query ($i: ID!) { users(filter: {id: {in: [$i]}}) { nodes { id } } }",
    "ne": "query ($i: ID!) { users(filter: {id: {ne: $i}}) { nodes { id } } }",
    "key": "query ($i: ID!) { jobs(filter: {client: {id: {eq: $i}}}) { nodes { id } } }",
    "createJob": """mutation ($i: ID) { createJob(input: {clientId: $i, title: "t", description: "d", budget: "1"}) {
      job { id } userErrors { code } } }""",
    "revokeSession": """mutation ($i: ID!) { revokeSession(input: {sessionId: $i}) {
      session { id } userErrors { code } } }""",
    "createApiKey": """mutation ($i: ID!) { createApiKey(input: {businessId: $i, name: "n", scopes: []}) {
      apiKey { id } userErrors { code } } }""",
}
"""Where an ID is given."""


@pytest.mark.parametrize("place", PLACES)
async def test_an_id_that_is_forged_finds_nothing(served: Served, ada: str, place: str) -> None:
    for id_ in forged("user", ada):
        for query, variables in ((PLACES[place], {"i": id_}), _written(PLACES[place], id_)):
            answer = await served.send(query=query, variables=variables)
            (error,) = answer.json()["errors"]
            assert (answer.status_code, error["extensions"]["code"]) in (
                (400, "BAD_USER_INPUT"),
                (200, "BAD_USER_INPUT"),
            )
            assert ada not in error["message"].replace(id_, "")


def _written(query: str, id_: str) -> tuple[str, dict[str, Any]]:
    """The same with the ID in the document."""
    return query.partition(")")[0].partition("(")[0] + query.partition(")")[2].replace("$i", _literal(id_)), {}


def _literal(text: str) -> str:
    return orjson.dumps(text).decode()


@pytest.mark.parametrize("kind", ["job", "business", "login_session", "audit_log", "message"])
async def test_an_id_of_another_type_finds_no_row_of_that_uuid(served: Served, ada: str, kind: str) -> None:
    id_ = f"{kind}_{ada}"
    for place in ("node", "nodes"):
        found = (await served.post(PLACES[place], variables={"i": id_})).json()["data"]
        assert found in ({"node": None}, {"nodes": [None]})
    for place in ("user", "eq", "in", "ne", "key"):
        (error,) = (await served.post(PLACES[place], variables={"i": id_})).json()["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
