"""What changed from one schema to the next, said to those who have clients."""

import pytest
from graphql import build_schema

from app.schema_file import ORDER, Change, Weight, changes, printed

BEFORE = '''
type Query {
  """A job."""
  job(id: ID!): Job
}

type Job {
  title: String
  budget: Int!
}

enum Status {
  OPEN
  CLOSED
}

input Wish {
  first: Int = 10
}
'''


def changed(old: str, new: str) -> list[Change]:
    """The changes when `old` becomes `new` in the schema of before."""
    assert old in BEFORE
    return changes(BEFORE, build_schema(BEFORE.replace(old, new)))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("  title: String\n", "", ("breaking", "FIELD_REMOVED", "Field Job.title was removed.")),
        (
            "budget: Int!",
            "budget: Int",
            ("breaking", "FIELD_CHANGED_KIND", "Field Job.budget changed type from Int! to Int."),
        ),
        (
            "id: ID!",
            "id: ID!, key: ID!",
            ("breaking", "REQUIRED_ARG_ADDED", "A required argument Query.job(key:) was added."),
        ),
        ("  CLOSED\n", "", ("breaking", "VALUE_REMOVED_FROM_ENUM", "Enum value Status.CLOSED was removed.")),
        ("  CLOSED\n", "  CLOSED\n  HELD\n", ("dangerous", "VALUE_ADDED_TO_ENUM", "Enum value Status.HELD was added.")),
        (
            "title: String",
            "title: String!",
            ("safe", "FIELD_CHANGED_KIND_SAFE", "Field Job.title changed type from String to String!."),
        ),
        ("  title: String", "  title: String\n  place: String", ("safe", "FIELD_ADDED", "Field Job.place was added.")),
    ],
    ids=lambda value: "" if isinstance(value, str) else value[1],
)
def test_a_change_is_weighed_and_named(old: str, new: str, expected: tuple[str, str, str]) -> None:
    assert changed(old, new) == [Change(Weight(expected[0]), *expected[1:])]


def test_what_breaks_clients_comes_first() -> None:
    weights = [change.weight for change in changed("  title: String\n", "  name: String\n  place: Int\n")]
    assert weights == [Weight.BREAKING, Weight.SAFE, Weight.SAFE]


def test_new_words_and_another_order_break_nothing() -> None:
    (words,) = changed("A job.", "Some work.")
    assert words == Change(
        Weight.SAFE, "DESCRIPTION_CHANGED", 'Description of field Query.job has changed to "Some work.".'
    )
    assert changed("  title: String\n  budget: Int!\n", "  budget: Int!\n  title: String\n") == [ORDER]


def test_the_same_schema_has_no_changes() -> None:
    schema = build_schema(BEFORE)
    assert changes(printed(schema), schema) == []
