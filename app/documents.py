"""The trusted documents: every operation of `graphql/operations`, by the hash under which clients ask for it."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from graphql import GraphQLSchema, OperationDefinitionNode, parse, print_ast, separate_operations, validate

from app.assets import asset
from graph.engine.asking.documents import Documents, hash_of

MANIFEST = "documents.json"
PREFIX = "sha256:"

Mode = Literal["off", "allow", "only"]


def documents(mode: Mode, *own: str) -> Documents:
    """What clients may ask for by its hash, and what the process asks by itself."""
    if mode == "off":
        return Documents()
    manifest = json.loads((asset("operations") / MANIFEST).read_text())
    trusted = {id_.removeprefix(PREFIX): text for id_, text in manifest.items()}
    return Documents(trusted, only=mode == "only", own=own)


def manifest(folder: Path) -> dict[str, str]:
    """The manifest of the documents in and below `folder`: their ids, and their texts as they must be sent."""
    found = [text for path in sorted(folder.rglob("*.graphql")) for text in _texts(path.read_text())]
    return {PREFIX + hash_of(text): text for text in found}


def written(manifest: Mapping[str, str]) -> str:
    """The manifest as its file has it."""
    return json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"


def mistakes(manifest: Mapping[str, str], schema: GraphQLSchema) -> list[str]:
    """Why documents of `manifest` cannot be answered."""
    return [str(error) for text in manifest.values() for error in validate(schema, parse(text))]


def _texts(source: str) -> Iterator[str]:
    """The document as it stands, or, where it has several operations, one for each with the fragments it needs."""
    document = parse(source)
    if sum(isinstance(node, OperationDefinitionNode) for node in document.definitions) == 1:
        yield source
    else:
        yield from map(print_ast, separate_operations(document).values())
