"""What a client is told of an error: the answer that holds it."""

import orjson
from graphql import GraphQLError

from graph.engine.asking.asked import Answer
from graph.engine.errors import AgoraError, TooComplex


def refusal(errors: list[GraphQLError]) -> Answer:
    """The answer to an operation that was not begun."""
    return Answer(_errors(errors), failed=True, refused=True, code=(errors[0].extensions or {}).get("code"))


def failure(error: AgoraError) -> Answer:
    """The answer to an operation that came to nothing."""
    return Answer(_errors([described(error)], b'"data":null,'), failed=True, code=error.code)


def coded(error: GraphQLError) -> GraphQLError:
    """An error of graphql-core's with a code."""
    code = getattr(error.original_error, "code", None) or "BAD_USER_INPUT"
    return GraphQLError(error.message, error.nodes, error.source, error.positions, extensions={"code": code})


def described(error: AgoraError) -> GraphQLError:
    """An error of ours as GraphQL has them."""
    source, positions = None, None
    if isinstance(error, TooComplex) and error.at:
        source, positions = error.at[0], [error.at[1]]
    return GraphQLError(error.message, source=source, positions=positions, extensions=error.extensions)


def _errors(errors: list[GraphQLError], data: bytes = b"") -> bytes:
    return b"{" + data + b'"errors":' + orjson.dumps([error.formatted for error in errors]) + b"}"
