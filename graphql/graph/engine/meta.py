"""Root fields about the schema itself (`__schema`, `__type`), answered by graphql-core."""

import orjson
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    execute_sync,
)

from graph.engine.selection import Field


def meta_json(
    schema: GraphQLSchema,
    document: DocumentNode,
    chosen: OperationDefinitionNode,
    selected: Field,
) -> bytes:
    """The JSON of the one root field `selected` of `chosen`."""
    alone = OperationDefinitionNode(
        operation=chosen.operation,
        name=chosen.name,
        variable_definitions=chosen.variable_definitions,
        directives=(),
        selection_set=SelectionSetNode(selections=selected.nodes),
    )
    fragments = [node for node in document.definitions if isinstance(node, FragmentDefinitionNode)]
    values = selected.document.asker.variables
    result = execute_sync(schema, DocumentNode(definitions=(alone, *fragments)), variable_values=dict(values))
    return orjson.dumps((result.data or {}).get(selected.key))
