"""What is refused on the open internet besides what is wrong."""

from typing import Any

from graphql import FieldNode, GraphQLError, ValidationRule


class NoIntrospection(ValidationRule):
    """No document asks for the schema; `__typename` is no question about it."""

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        """Refuse the two fields that lead to it."""
        name = node.name.value
        if name in ("__schema", "__type"):
            self.report_error(GraphQLError(f'This server does not show its schema: "{name}" is not answered.', node))
