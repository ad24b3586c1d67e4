"""schema.graphql: the schema as frontends read it, held to the code."""

from difflib import unified_diff

from graphql import print_schema

from graph.schema import build


def written() -> str:
    """The schema in GraphQL's own language."""
    return print_schema(build().core) + "\n"


def changes(committed: str) -> list[str]:
    """The lines in which `committed` differs from the schema; none if it is the schema."""
    lines = unified_diff(committed.splitlines(), written().splitlines(), "schema.graphql", "the code", lineterm="", n=1)
    return list(lines)
