"""The words in which mapped classes are written: types, columns and relations, each one line with its meaning."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from ipaddress import IPv4Address, IPv6Address
from typing import Annotated, Any, NamedTuple, get_args
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Computed, Date, Dialect, ForeignKey, Numeric, Text, TypeDecorator, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, INET, JSONB, TIMESTAMP, TSVECTOR
from sqlalchemy.orm import MappedColumn, mapped_column
from sqlalchemy.types import TypeEngine

from models.checks import check

Rule = Callable[[str], CheckConstraint]
"""From a column's name to a CHECK on it."""

RULES = "rules"
"""Under which name a column carries its rules."""

HIDDEN = {"secret": True}
"""What marks a column that has no field."""

BigInt = Annotated[int, mapped_column(BigInteger)]
Money = Annotated[Decimal, mapped_column(Numeric(20, 2))]
UnitPrice = Annotated[Decimal, mapped_column(Numeric(20, 6))]
Measure = Annotated[Decimal, mapped_column(Numeric(20, 4))]
Ratio = Annotated[Decimal, mapped_column(Numeric(5, 2))]
IpAddress = IPv4Address | IPv6Address

TYPES: dict[Any, Any] = {
    str: Text(),
    UUID: Uuid(),
    date: Date(),
    datetime: TIMESTAMP(timezone=True, precision=3),
    list[str]: ARRAY(Text()),
    dict[str, Any]: JSONB(none_as_null=True),
    list[dict[str, Any]]: JSONB(none_as_null=True),
    IpAddress: INET(),
}
"""PostgreSQL's type for each of Python's."""


def is_money(type_: TypeEngine[Any]) -> bool:
    """Whether a column of `type_` holds amounts: Money or UnitPrice."""
    return isinstance(type_, Numeric) and type_.precision == 20 and type_.scale in (2, 6)


class OneOf(TypeDecorator[str]):
    """An enumeration, kept as text: one of the members of a `Literal`; `name` is what GraphQL calls it."""

    impl = Text
    cache_ok = True

    def __init__(self, *members: str) -> None:
        super().__init__()
        self.members = members
        self.name = ""

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is not None and value not in self.members:
            raise ValueError(f"{value!r} is none of {', '.join(self.members)}.")
        return value

    def check(self, field: str) -> CheckConstraint:
        """The CHECK that keeps the column `field` to the members."""
        members = ", ".join(f"'{member}'" for member in self.members)
        return check(field, "is_known", f"{field} IN ({members})", f"must be one of {', '.join(self.members)}")


def column(doc: str, *rules: Rule, **options: Any) -> MappedColumn[Any]:
    """A column that says what it means, and the `rules` that its values keep; its type comes from the annotation."""
    return mapped_column(doc=doc, info={RULES: rules}, **options)


def default(expression: str, doc: str, *rules: Rule, **options: Any) -> MappedColumn[Any]:
    """A column with a default that the server computes from the SQL `expression`."""
    return mapped_column(server_default=text(expression), doc=doc, info={RULES: rules}, **options)


def generated(expression: str, doc: str) -> MappedColumn[Any]:
    """A virtual column: PostgreSQL computes the SQL `expression` over the row when it is read."""
    return mapped_column(Computed(expression, persisted=False), doc=doc)


def state(members: Any, doc: str, initial: str | None = None, **options: Any) -> MappedColumn[Any]:
    """An enumerated column of the alias `members` of a Literal, with the member it starts from if there is one."""
    given = text(f"'{initial}'") if initial else None
    return mapped_column(OneOf(*get_args(members)), server_default=given, doc=doc, **options)


def key_to(
    target: str,
    on_delete: str,
    doc: str,
    back: str | None = None,
    back_doc: str | None = None,
    *,
    single: bool = False,
    name: str | None = None,
    **options: Any,
) -> MappedColumn[UUID]:
    """A foreign key to the id of the table `target` ("schema.table"); the class gets the relation beside it.

    It is called like the key without its "_id" unless `name` says otherwise. The other class gets the relation
    back to here: `back` is its name, that of the table here if not said and none if "", and `back_doc` what it means
    there, as this class describes itself if not said. It leads to many rows, or to a `single` one where the key is
    unique.
    """
    info = {BACK: Back(target, name, back, back_doc, single)}
    return mapped_column(Uuid(), ForeignKey(f"{target}.id", ondelete=on_delete), doc=doc, info=info, **options)


def row_of(target: str, doc: str, back: str | None = None, back_doc: str | None = None, *, single: bool = False) -> MappedColumn[UUID]:
    """Of a view: a part of its key that holds an id of the table `target`; otherwise like `key_to`."""
    info = {BACK: Back(target, None, back, back_doc, single)}
    return mapped_column(Uuid(), doc=doc, info=info, primary_key=True)


class Back(NamedTuple):
    """What a foreign key says of its relation, and of the way back."""

    target: str
    near: str | None
    name: str | None
    doc: str | None
    single: bool


BACK = "back"
"""Under which name a foreign key carries its Back."""


def secret(doc: str, **options: Any) -> MappedColumn[Any]:
    """A column that has no field anywhere: a hash or a credential."""
    return mapped_column(doc=doc, info=HIDDEN, **options)


def full_text(language: str, *names: str) -> MappedColumn[Any]:
    """The words of the text columns `names`, the weightiest first; a name that ends in [] is a list of keywords.

    `language` is a configuration of PostgreSQL's: "english", or "simple" for code. Only of columns that everybody who
    may see the row may read. It is no field, and its index is made with it.
    """
    weighed = [f"setweight({_words(language, name)}, '{weight}')" for name, weight in zip(names, "ABCD", strict=False)]
    computed = Computed(" || ".join(weighed), persisted=True)
    said = Words(language, tuple(name for name in names if name.isidentifier()))
    return mapped_column(TSVECTOR, computed, doc="The words that a search finds.", deferred=True, info={**HIDDEN, FULL_TEXT: said})


class Words(NamedTuple):
    """What a full text says of itself: the configuration it was read by, and the text columns it is of."""

    language: str
    texts: tuple[str, ...]


FULL_TEXT = "full_text"
"""Under which name a column of words carries its Words."""


def _words(language: str, name: str) -> str:
    if name.endswith("[]"):
        return f"to_tsvector('{language}', coalesce(public.words_of({name[:-2]}), ''))"
    return f"to_tsvector('{language}', coalesce({name}, ''))"


class OnRead(NamedTuple):
    """A field that is no column: the SQL `expression` over `{row}`, computed when it is asked."""

    expression: str
    type: TypeEngine[Any]
    doc: str
    nullable: bool = False

    def annotated(self, annotation: str) -> "OnRead":
        """The same, nullable if its annotation says so."""
        return self._replace(nullable="None" in annotation)


def on_read(expression: str, kind: TypeEngine[Any], doc: str) -> Any:
    """A field that is no column: the SQL `expression`, where `{row}` stands for the row, computed when it is asked."""
    return OnRead(expression, kind, doc)
