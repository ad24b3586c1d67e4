"""Which media type answers, and what the status says in each; which coding an answer comes in."""

import pytest

from app.http.negotiation import CODING, EVENTS, GRAPHQL_JSON, JSON, MEDIA, Known, Media
from graph.engine.asking.documents import hash_of
from tests.http.conftest import Served

NEW, OLD = "application/graphql-response+json", "application/json"
NEW_TYPE, OLD_TYPE = f"{NEW}; charset=utf-8", f"{OLD}; charset=utf-8"


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (OLD, JSON),
        (NEW, GRAPHQL_JSON),
        (NEW.upper(), GRAPHQL_JSON),
        (f"{NEW_TYPE}, {OLD_TYPE}", GRAPHQL_JSON),
        (f"{OLD}, {NEW}", GRAPHQL_JSON),
        (f"{OLD}, {NEW};q=0.9", JSON),
        (f"{NEW};q=0.5, */*", JSON),
        (f"{NEW};q=0, */*;q=0.1", JSON),
        (f"{OLD};q=0, */*", GRAPHQL_JSON),
        (f"{NEW};charset=latin1, {OLD};charset=utf-8", JSON),
        ('application/json; charset="UTF-8"', JSON),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON),
        ("multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json", JSON),
        (f"{NEW}, application/graphql+json, {OLD}, text/event-stream, multipart/mixed", GRAPHQL_JSON),
        ("text/event-stream", EVENTS),
        (f"text/event-stream, {OLD};q=0.5", EVENTS),
        ("text/html", None),
        ("text/*", None),
        ("*/*;q=0", None),
        (f"{OLD};q=0", None),
        (f"{OLD};q=much", None),
        (f"{OLD};q=2", None),
        (f"{OLD};charset=utf-16", None),
        (", ;;=,", None),
    ],
)
def test_the_best_of_what_the_client_accepts_is_chosen(accept: str, media: Media | None) -> None:
    assert MEDIA[accept.encode()] is media
    assert MEDIA[accept.encode() + b" " * 400] is media


@pytest.mark.parametrize(
    ("accept_encoding", "coding"),
    [
        ("", None),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("GZIP;q=1.0, zstd;q=0.5", "gzip"),
        ("gzip;q=0.4, zstd;q=0.5", "zstd"),
        ("zstd;q=0, gzip", "gzip"),
        ("gzip;q=0", None),
        ("*", "gzip"),
        ("*;q=0", None),
        ("gzip;q=0, *", None),
        ("identity, gzip;q=0.5", None),
        ("identity;q=0.5, gzip", "gzip"),
        ("br", None),
        ("gzip;q=lots", None),
    ],
)
def test_the_best_coding_that_the_client_accepts_is_chosen(accept_encoding: str, coding: str | None) -> None:
    assert CODING[accept_encoding.encode()] == coding


def test_what_was_said_of_headers_is_kept_within_bounds() -> None:
    lengths = Known(len)
    for number in range(10 * Known.MOST):
        assert lengths[b"%04d" % number] == 4
        assert lengths[b"%04d" % number + b" " * Known.LONGEST] == 4 + Known.LONGEST
    assert 0 < len(lengths) <= Known.MOST


REQUESTS = [
    ("{ version }", {}, 200, 200),
    ("{ version", {}, 200, 400),
    ("{ nothing }", {}, 200, 400),
    ("query A { version } query B { version }", {}, 200, 400),
    ("query ($n: Int!) { users(first: $n) { totalCount } }", {"variables": {"n": "one"}}, 200, 400),
    ("{ users(first: 101) { totalCount } }", {}, 200, 400),
    (None, {}, 400, 400),
    ("{ version }", {"variables": []}, 400, 400),
]


@pytest.mark.parametrize(("query", "more", "old", "new"), REQUESTS, ids=range(len(REQUESTS)))
async def test_the_status_tells_of_errors_where_the_media_type_lets_it(
    shared: Served, query: str | None, more: dict[str, object], old: int, new: int
) -> None:
    body = {"query": query, **more}
    for accept, type_, status in ((OLD, OLD_TYPE, old), (NEW, NEW_TYPE, new)):
        answer = await shared.client.post("/graphql", json=body, headers={"accept": accept})
        assert (answer.status_code, answer.headers["content-type"]) == (status, type_)
        assert ("data" in answer.json()) == (query == "{ version }" and not more)


async def test_who_accepts_nothing_that_there_is_gets_406_before_anything_is_done(shared: Served) -> None:
    query = "{ users { totalCount } }"
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": hash_of(query)}}
    body = {"query": query, "extensions": extensions}
    for accept in ("text/html", "image/png", "application/json;q=0", "application/json; charset=utf-16"):
        answer = await shared.client.post("/graphql", json=body, headers={"accept": accept})
        assert (answer.status_code, answer.headers["content-type"]) == (406, OLD_TYPE)
        assert answer.json()["errors"][0]["message"].startswith("Accept application/graphql-response+json")
    got = await shared.client.get("/graphql", params={"query": query}, headers={"accept": "image/png"})
    assert got.status_code == 406
    not_known = await shared.send(extensions=extensions)
    assert not_known.json()["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


async def test_a_mutation_by_get_is_405_whatever_the_client_accepts(shared: Served) -> None:
    for accept, type_ in ((OLD, OLD_TYPE), (NEW, NEW_TYPE), ("text/event-stream", OLD_TYPE)):
        query = {"query": "mutation { __typename }"}
        answer = await shared.client.get("/graphql", params=query, headers={"accept": accept})
        assert (answer.status_code, answer.headers["content-type"]) == (405, type_)
        assert answer.headers["allow"] == "POST"
        (error,) = answer.json()["errors"]
        assert error["extensions"]["code"] == "METHOD_NOT_ALLOWED"
        assert "data" not in answer.json()


async def test_what_differs_by_header_says_so_to_caches(shared: Served) -> None:
    got = await shared.client.get("/graphql", params={"query": "{ version }"})
    posted = await shared.post("{ version }")
    assert got.headers["vary"] == "accept, accept-encoding"
    assert "vary" not in posted.headers


async def test_head_is_get_without_its_body(shared: Served) -> None:
    got = await shared.client.get("/graphql", params={"query": "{ version }"})
    head = await shared.client.head("/graphql", params={"query": "{ version }"})
    assert (head.status_code, head.headers["content-length"]) == (200, got.headers["content-length"])
    assert head.content == b""
