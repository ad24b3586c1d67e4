"""What a policy can say, and how it becomes SQL for one kind of viewer. Knows no entity and no rule of any.

A policy holds for every row, for none, or where an expression over the row says so. Policies are put together with `|`
and `&`. Statements depend on the viewer's kind alone: who exactly asks is a parameter.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, FromClause, Table, Uuid, and_, any_, exists, literal_column, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from graph.access.viewers import KEY, MEMBER, USER, VISITOR, scopes_of
from graph.engine.access import Viewer, viewer_param
from graph.engine.model.entities import Entity, Graph
from graph.engine.model.ids import snake
from graph.engine.sql.fragments import aliased

Test = Callable[[FromClause], ColumnElement[bool]]
"""From an alias of the entity's table to a condition over it."""

Truth = bool | Test
"""For which rows a policy holds: for all, for none, or where the test says."""

Role = Literal["VIEWER", "STAFF", "MANAGER", "OWNER"]

_ROLES = {"VIEWER": "members", "STAFF": "staff", "MANAGER": "managers", "OWNER": "owners"}


@dataclass(frozen=True, slots=True)
class About:
    """Where a policy is asked: of which entity, by whom, and what is known of the row already."""

    graph: Graph
    rows: Mapping[str, "Policy"]
    """The policy of the rows of every entity that has one."""
    viewer: Viewer
    entity: Entity
    through: str | None = None
    """The foreign key whose row the viewer was seen to be allowed to read."""
    outer: FromClause | None = None
    """That row, where it is at hand in the same statement."""
    writing: bool = False
    """Whether the row is to be written, for which not every scope will do."""

    def of(self, entity: Entity) -> "About":
        """The same question about another entity."""
        return About(self.graph, self.rows, self.viewer, entity, writing=self.writing)


class Policy:
    """Who may read."""

    __slots__ = ()

    def truth(self, about: About) -> Truth:
        """For which rows it holds."""
        raise NotImplementedError

    def words(self, entity: Entity) -> str:
        """Whom it lets read, in words that follow "Read by"."""
        raise NotImplementedError

    def __or__(self, other: "Policy") -> "Policy":
        return Any((self, other))

    def __and__(self, other: "Policy") -> "Policy":
        return All((self, other))


@dataclass(frozen=True, slots=True)
class Any(Policy):
    """Where one of several holds."""

    policies: Sequence[Policy]

    def truth(self, about: About) -> Truth:
        """For which rows one of them holds."""
        found = [policy.truth(about) for policy in self.policies]
        tests = [truth for truth in found if not isinstance(truth, bool)]
        if True in found or not tests:
            return True in found
        return tests[0] if len(tests) == 1 else lambda row: or_(*(test(row) for test in tests))

    def words(self, entity: Entity) -> str:
        """Each of them."""
        return "; ".join(policy.words(entity) for policy in self.policies)


@dataclass(frozen=True, slots=True)
class All(Policy):
    """Where all of several hold."""

    policies: Sequence[Policy]

    def truth(self, about: About) -> Truth:
        """For which rows all of them hold."""
        found = [policy.truth(about) for policy in self.policies]
        tests = [truth for truth in found if not isinstance(truth, bool)]
        if False in found or not tests:
            return False not in found
        return tests[0] if len(tests) == 1 else lambda row: and_(*(test(row) for test in tests))

    def words(self, entity: Entity) -> str:
        """All of them."""
        return ", if also ".join(policy.words(entity) for policy in self.policies)


@dataclass(frozen=True, slots=True)
class Public(Policy):
    """Everybody, where the row is so."""

    where: Test | None = None
    when: str = ""
    """The condition in words."""

    def truth(self, about: About) -> Truth:
        """For the rows that are so."""
        return self.where or True

    def words(self, entity: Entity) -> str:
        """Everybody."""
        return f"everybody {self.when}".strip()


@dataclass(frozen=True, slots=True)
class Nobody(Policy):
    """Administrators, who are not asked for policies."""

    def truth(self, about: About) -> Truth:
        """For no row."""
        return False

    def words(self, entity: Entity) -> str:
        """Administrators."""
        return "administrators"


@dataclass(frozen=True, slots=True)
class Own(Policy):
    """Whom the row names in a key: a person, one of their Customer rows, or a visitor."""

    key: str

    def truth(self, about: About) -> Truth:
        """For the rows that name the viewer."""
        refers, kind = about.entity.by_key(self.key).refers, about.viewer.kind
        if refers == "visitor" and kind == VISITOR:
            return lambda row: row.c[self.key] == viewer_param("visitor", Uuid())
        if kind not in (USER, MEMBER):
            return False
        if refers == "user":
            return lambda row: row.c[self.key] == viewer_param("user", Uuid())
        if refers == "customer":
            return lambda row: row.c[self.key] == any_(viewer_param("customers", ARRAY(Uuid())))
        return False

    def words(self, entity: Entity) -> str:
        """The person that the key names."""
        return "whom it is about" if self.key == "id" else f"its {_spoken(self.key.removesuffix('_id'))}"


@dataclass(frozen=True, slots=True)
class Visit(Policy):
    """The visitor of a live chat, for the one chat whose token they show."""

    key: str = "id"

    def truth(self, about: About) -> Truth:
        """For the rows of that chat."""
        if about.viewer.kind != VISITOR:
            return False
        return lambda row: row.c[self.key] == viewer_param("chat", Uuid())

    def words(self, entity: Entity) -> str:
        """The visitor."""
        return "who shows its token"


@dataclass(frozen=True, slots=True)
class Member(Policy):
    """Members of a business with at least a role, and its API keys whose scopes name the entity."""

    role: Role
    key: str = "business_id"

    def truth(self, about: About) -> Truth:
        """For the rows of such businesses."""
        kind = about.viewer.kind
        if kind == MEMBER:
            return lambda row: row.c[self.key] == any_(viewer_param(self.role.lower(), ARRAY(Uuid())))
        if (
            kind.startswith(KEY)
            and self.role != "OWNER"
            and is_named(about.entity.table, scopes_of(kind), about.writing)
        ):
            return lambda row: row.c[self.key] == viewer_param("business", Uuid())
        return False

    def words(self, entity: Entity) -> str:
        """The members."""
        return f"{_ROLES[self.role]} of {'it' if self.key == 'id' else 'its business'}"


def is_named(table: Table, scopes: frozenset[str], writing: bool) -> bool:
    """Whether a scope lets a key read or write rows of `table`: by its list, by its domain, or as all there is."""
    names = ("*", table.name, str(table.schema))
    meant = (scope for scope in scopes if not (writing and scope.endswith(":read")))
    return any(scope.removesuffix(":write").removesuffix(":read") in names for scope in meant)


@dataclass(frozen=True, slots=True)
class Shop(Policy):
    """People who are customers of a business."""

    key: str = "business_id"

    def truth(self, about: About) -> Truth:
        """For the rows of such businesses."""
        if about.viewer.kind not in (USER, MEMBER):
            return False
        return lambda row: row.c[self.key] == any_(viewer_param("shops", ARRAY(Uuid())))

    def words(self, entity: Entity) -> str:
        """Customers."""
        return "customers of its business"


@dataclass(frozen=True, slots=True)
class With(Policy):
    """Who may read a row that a relation leads to; or for whom another policy holds there."""

    relation: str
    policy: Policy | None = None

    def truth(self, about: About) -> Truth:
        """For the rows from which the relation leads to such a row."""
        relation = about.entity.relations[self.relation]
        target = about.graph[relation.target]
        if self.policy is None and about.through == relation.local:
            return True
        found = (self.policy or about.rows[target.name]).truth(about.of(target))
        outer = about.outer
        if outer is not None and about.through == relation.local and not isinstance(found, bool):
            there = found
            return lambda row: there(outer)
        if isinstance(found, bool):
            return found and (relation.local == "id" or _given(relation.local))
        test = found

        def reached(row: FromClause) -> ColumnElement[bool]:
            source = aliased(target.table, f"{row.name}_")  # type: ignore[attr-defined]
            same = source.c[relation.remote] == row.c[relation.local]
            return exists(select(literal_column("1")).select_from(source).where(same, test(source)).correlate(row))

        return reached

    def words(self, entity: Entity) -> str:
        """The readers of the other row."""
        name = _spoken(snake(self.relation))
        return f"who may read its {name}" if self.policy is None else f"of its {name}: {self.policy.words(entity)}"


def _given(key: str) -> Test:
    return lambda row: row.c[key].is_not(None)


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def keys_of(policy: Policy) -> Iterator[str]:
    """The keys by which rows name their owners in `policy`."""
    match policy:
        case Own(key=key):
            yield key
        case Any(policies=policies) | All(policies=policies):
            for one in policies:
                yield from keys_of(one)
