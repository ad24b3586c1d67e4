"""Documents by their hash: those that ship with the server, and those that clients make known."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.assets import asset
from app.cli import main
from app.documents import MANIFEST, manifest, written
from graph.engine.asking.documents import Documents, hash_of
from graph.engine.errors import NotTrusted, PersistedQueryNotFound
from tests.http.conftest import Serve, Served

TRUSTED = json.loads((asset("operations") / MANIFEST).read_text())
ID, TEXT = next((id_, text) for id_, text in TRUSTED.items() if "query UsersJobsEscrows" in text)
ANSWER: Any = {"data": {"users": {"nodes": []}}}
OTHER = "{ users { totalCount } }"
OTHER_ANSWER = {"data": {"users": {"totalCount": 0}}}
UNTRUSTED = "Only the trusted documents of this server are answered: send the documentId of one."


def persisted(text: str) -> dict[str, Any]:
    """What Apollo's clients send instead of `text`, or beside it."""
    return {"persistedQuery": {"version": 1, "sha256Hash": hash_of(text)}}


@pytest.fixture(scope="module")
async def allowing(serve: Serve) -> AsyncIterator[Served]:
    async with serve(trusted_documents="allow") as served:
        yield served


@pytest.fixture(scope="module")
async def strict(serve: Serve) -> AsyncIterator[Served]:
    async with serve(trusted_documents="only") as served:
        yield served


async def on_every_transport(served: Served, body: dict[str, Any]) -> list[Any]:
    """What comes back for `body` by POST, GET, events and WebSocket; of a refusal the errors."""
    extensions = {"extensions": json.dumps(body["extensions"])} if "extensions" in body else {}
    posted = await served.send(**body)
    got = await served.client.get("/graphql", params={**body, **extensions})
    events = await served.client.post("/graphql", json=body, headers={"accept": "text/event-stream"})
    (message,) = await served.over_socket(body)
    event = json.loads(events.text.split("\n")[1].removeprefix("data: "))
    socket = message["payload"] if message["type"] == "next" else {"errors": message["payload"]}
    return [posted.json(), got.json(), event, socket]


async def test_a_trusted_document_is_answered_by_its_id_on_every_transport(allowing: Served, strict: Served) -> None:
    for served in (allowing, strict):
        for body in ({"documentId": ID}, {"documentId": ID, "query": TEXT}, {"extensions": persisted(TEXT)}):
            assert await on_every_transport(served, body) == [ANSWER] * 4


async def test_where_anything_is_allowed_other_documents_are_answered_too(allowing: Served) -> None:
    assert await on_every_transport(allowing, {"query": OTHER}) == [OTHER_ANSWER] * 4


async def test_where_only_trusted_documents_are_allowed_everything_else_is_refused(strict: Served) -> None:
    other = f"sha256:{hash_of(OTHER)}"
    for body in (
        {"query": OTHER},
        {"query": TEXT + " "},
        {"query": "{ __schema { queryType { name } } }"},
        {"documentId": other},
        {"documentId": other, "query": OTHER},
        {"extensions": persisted(OTHER)},
        {"extensions": persisted(OTHER), "query": OTHER},
        {"query": ""},
    ):
        for answer in await on_every_transport(strict, body):
            (error,) = answer["errors"]
            assert (error["message"], error["extensions"]) == (UNTRUSTED, {"code": "FORBIDDEN"})
            assert "data" not in answer
    assert (await strict.send(query=OTHER)).status_code == 403
    assert await on_every_transport(strict, {"query": TEXT}) == [ANSWER] * 4


async def test_the_ids_are_unknown_unless_they_are_allowed(shared: Served) -> None:
    for answer in await on_every_transport(shared, {"documentId": ID}):
        assert answer["errors"][0]["extensions"] == {"code": "PERSISTED_QUERY_NOT_FOUND"}


async def test_a_client_makes_a_document_known_and_then_sends_its_hash_alone(shared: Served) -> None:
    hash_only, both = {"extensions": persisted(OTHER)}, {"extensions": persisted(OTHER), "query": OTHER}
    for answer in await on_every_transport(shared, hash_only):
        assert answer == {
            "errors": [{"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}]
        }
    assert (await shared.send(**both)).json() == OTHER_ANSWER
    assert await on_every_transport(shared, hash_only) == [OTHER_ANSWER] * 4
    assert await on_every_transport(shared, {"documentId": f"sha256:{hash_of(OTHER)}"}) == [OTHER_ANSWER] * 4


async def test_a_hash_of_another_document_is_refused_and_nothing_is_kept(shared: Served) -> None:
    for answer in await on_every_transport(shared, {"query": OTHER, "extensions": persisted(TEXT)}):
        (error,) = answer["errors"]
        assert error["message"] == "The hash is not the SHA-256 of the document that came with it."
    unknown = await shared.send(extensions=persisted(TEXT))
    assert unknown.json()["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


async def test_a_document_with_mistakes_is_not_kept(shared: Served) -> None:
    assert (await shared.send(query="{ nothing }", extensions=persisted("{ nothing }"))).status_code == 400
    again = await shared.send(extensions=persisted("{ nothing }"))
    assert again.json()["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


async def test_a_mutation_by_its_hash_is_not_done_by_get(shared: Served) -> None:
    mutation = "mutation { __typename }"
    assert (await shared.send(query=mutation, extensions=persisted(mutation))).json()["data"] is not None
    by_get = await shared.client.get("/graphql", params={"extensions": json.dumps(persisted(mutation))})
    assert by_get.status_code == 405


def test_what_clients_make_known_is_bounded_in_bytes() -> None:
    documents = Documents(limit=200_000)
    texts = [f"{{ users {{ totalCount }} }} # {number}".ljust(5_000) for number in range(1_000)]
    used = texts[0]
    for text in texts:
        documents.keep(hash_of(text), text)
        assert documents.text("", hash_of(text)) == text
        assert documents.text("", hash_of(used)) == used
    with pytest.raises(PersistedQueryNotFound):
        documents.text("", hash_of(texts[1]))
    huge = "#" * 300_000
    documents.keep(hash_of(huge), huge)
    with pytest.raises(PersistedQueryNotFound):
        documents.text("", hash_of(huge))


def test_no_text_becomes_trusted_by_being_known() -> None:
    documents = Documents({hash_of(TEXT): TEXT}, only=True)
    documents.keep(hash_of(OTHER), OTHER)
    with pytest.raises(NotTrusted):
        documents.text("", hash_of(OTHER))


def test_the_manifest_is_that_of_the_operations() -> None:
    folder = asset("operations")
    assert (folder / MANIFEST).read_text() == written(manifest(folder)), "run: agora documents build"
    assert all(id_ == f"sha256:{hash_of(text)}" for id_, text in TRUSTED.items())


def test_a_document_of_several_operations_is_one_for_each(tmp_path: Path) -> None:
    (tmp_path / "a.graphql").write_text("query A { ...F } query B { version } fragment F on Query { version }")
    assert list(manifest(tmp_path).values()) == [
        "query A {\n  ...F\n}\n\nfragment F on Query {\n  version\n}",
        "query B {\n  version\n}",
    ]


def test_the_command_writes_the_manifest_and_refuses_mistakes(tmp_path: Path) -> None:
    (tmp_path / "a.graphql").write_text(OTHER)
    done = CliRunner().invoke(main, ["documents", "build", str(tmp_path)])
    assert (done.exit_code, "1 documents" in done.stderr) == (0, True)
    assert json.loads((tmp_path / MANIFEST).read_text()) == {f"sha256:{hash_of(OTHER)}": OTHER}
    (tmp_path / "b.graphql").write_text("{ nothing }")
    failed = CliRunner().invoke(main, ["documents", "build", str(tmp_path)])
    assert failed.exit_code == 1
    assert "Cannot query field 'nothing'" in failed.stderr
    assert len(json.loads((tmp_path / MANIFEST).read_text())) == 1
