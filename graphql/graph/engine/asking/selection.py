"""From a document to what is selected: fragments expanded, fields of one response key merged, @skip and @include
decided. Knows the schema and the document, not what the fields mean.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SchemaMetaFieldDef,
    SelectionSetNode,
    TypeMetaFieldDef,
    TypeNameMetaFieldDef,
    is_abstract_type,
)

from graph.engine.asking.operands import Asker, Operand, operand

META = {"__typename": TypeNameMetaFieldDef, "__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}


@dataclass(frozen=True, slots=True)
class Document:
    """What an operation's names refer to while it is read."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    asker: Asker


@dataclass(frozen=True, slots=True)
class Field:
    """One response key of one object: the field behind it, its arguments and what is selected in turn."""

    document: Document
    key: str
    definition: GraphQLField
    nodes: tuple[FieldNode, ...]
    path: str
    arguments: Mapping[str, Operand] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The field's name in the schema."""
        return self.nodes[0].name.value

    def on(self, type_: GraphQLObjectType) -> tuple["Field", ...]:
        """What is selected of this field's value where that is a `type_`."""
        sets = [node.selection_set for node in self.nodes if node.selection_set]
        return select(self.document, type_, sets, f"{self.path}.")


def select(
    document: Document, type_: GraphQLObjectType, sets: list[SelectionSetNode], path: str = ""
) -> tuple[Field, ...]:
    """The fields that `sets` select of an object of `type_`, one for each response key, in order."""
    merged: dict[str, list[FieldNode]] = {}
    for node in _fields(document, type_, sets, set()):
        merged.setdefault((node.alias or node.name).value, []).append(node)
    return tuple(field_of(document, type_, nodes, path) for nodes in merged.values())


def field_of(document: Document, type_: GraphQLObjectType, nodes: list[FieldNode], path: str = "") -> Field:
    """The field that `nodes`, all of one response key, select of an object of `type_`."""
    key = (nodes[0].alias or nodes[0].name).value
    definition = META.get(nodes[0].name.value) or type_.fields[nodes[0].name.value]
    given = {
        argument.name.value: operand(
            document.asker,
            definition.args[argument.name.value].type,
            f"{nodes[0].name.value}.{argument.name.value}",
            argument.value,
        )
        for argument in nodes[0].arguments or ()
    }
    return Field(document, key, definition, tuple(nodes), f"{path}{key}", given)


def _fields(
    document: Document, type_: GraphQLObjectType, sets: list[SelectionSetNode], seen: set[str]
) -> Iterator[FieldNode]:
    for selection in (node for selections in sets for node in selections.selections):
        if not _included(document, selection.directives):
            continue
        match selection:
            case FieldNode():
                yield selection
            case InlineFragmentNode(type_condition=condition, selection_set=inner):
                if condition is None or _applies(document, condition.name.value, type_):
                    yield from _fields(document, type_, [inner], seen)
            case FragmentSpreadNode(name=name) if name.value not in seen:
                seen.add(name.value)
                fragment = document.fragments[name.value]
                if _applies(document, fragment.type_condition.name.value, type_):
                    yield from _fields(document, type_, [fragment.selection_set], seen)


def _applies(document: Document, condition: str, type_: GraphQLObjectType) -> bool:
    named = document.schema.type_map[condition]
    return named is type_ or (is_abstract_type(named) and document.schema.is_sub_type(named, type_))


def _included(document: Document, directives: tuple[DirectiveNode, ...] | None) -> bool:
    for directive in directives or ():
        match directive.name.value:
            case "skip" if _condition(document, directive, GraphQLSkipDirective.args["if"].type):
                return False
            case "include" if not _condition(document, directive, GraphQLIncludeDirective.args["if"].type):
                return False
    return True


def _condition(document: Document, directive: DirectiveNode, type_: object) -> bool:
    (argument,) = directive.arguments or ()
    return bool(operand(document.asker, type_, f"@{directive.name.value}", argument.value).choose())  # type: ignore[arg-type]
