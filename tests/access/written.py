"""The lines about writing as docs/access.md says them, and what can be asked of a policy as it stands."""

import re
from collections.abc import Iterable, Iterator, Sequence
from textwrap import fill
from types import ModuleType

from graph.access.policy import All, Any, Member, Nobody, Own, Policy, Public, With
from graph.access.tables import DOMAINS
from graph.access.words import Writers
from graph.engine.access import Verb
from graph.engine.model.ids import camel, snake

HEADING = "## Who may write"
WIDTH = 150
ROLES = ("VIEWER", "STAFF", "MANAGER", "OWNER")
WEAKEST, STRONGEST = 0, len(ROLES) + 1
"""What a policy asks for at least: nothing of anybody, or to administer the platform."""
DONE: dict[Verb, str] = {"create": "created", "update": "changed", "delete": "deleted"}


def parts(policy: Policy) -> Iterator[Policy]:
    """The policy and all that it is put together of."""
    yield policy
    inner = policy.policies if isinstance(policy, Any | All) else ()
    for part in (policy.policy,) if isinstance(policy, With) and policy.policy else inner:
        yield from parts(part)


def needed(policy: Policy) -> list[Policy]:
    """The parts that must all hold."""
    return [part for one in policy.policies for part in needed(one)] if isinstance(policy, All) else [policy]


def asked(policy: Policy) -> int:
    """The lowest role that it lets write; whom a row names counts as its owner."""
    match policy:
        case Any():
            return min(asked(part) for part in policy.policies)
        case All():
            return max(asked(part) for part in policy.policies)
        case With(policy=Policy() as there):
            return asked(there)
        case Member():
            return 1 + ROLES.index(policy.role)
        case Own():
            return 1 + ROLES.index("OWNER")
    return STRONGEST if isinstance(policy, Nobody) else WEAKEST


def section() -> str:
    """What stands under the heading after its introduction: a paragraph for each domain."""
    return "\n\n".join(fill(_domain(domain), WIDTH, break_on_hyphens=False) for domain in DOMAINS)


def _domain(domain: ModuleType) -> str:
    lines = [f"{entity}: {_line(line)}." for entity, line in domain.WRITERS.items()]
    others = "; ".join(f"{entity} ({why})" for entity, why in domain.NOT_WRITTEN.items())
    without = [f"Not written: {others}."] if others else []
    return " ".join([f"**{domain.__name__.rsplit('.', 1)[1]}.**", *lines, *without])


def _line(line: Writers) -> str:
    """The sentence of an entity, without its name."""
    kept = [f"*kept* {_names(line.kept)}"] if line.kept else []
    once = [f"*once* {_names(line.once)}"] if line.once else []
    return "; ".join([*_verbs(line), *kept, *once])


def _names(keys: Iterable[str]) -> str:
    return ", ".join(map(camel, sorted(keys)))


def _verbs(line: Writers) -> list[str]:
    """What is done by whom; what the same people do, in one phrase."""
    by: dict[str, list[str]] = {}
    for verb, policy in line.verbs.items():
        by.setdefault(said(policy), []).append(DONE[verb])
    whole = [*DONE.values()]
    return [f"{'written' if done == whole else ' and '.join(done)} by {whom}" for whom, done in by.items()]


def said(policy: Policy, path: str = "its") -> str:
    """Whom a policy lets write, told from the row it is asked of."""
    match policy:
        case Any():
            return " or ".join(said(part, path) for part in policy.policies)
        case All():
            return _joined(policy.policies, path)
        case With():
            there = f"{path} {spoken(snake(policy.relation))}"
            return said(policy.policy, f"{there}'s") if policy.policy else f"who may read {there}"
        case Member():
            return policy.role if path == "its" and policy.key != "id" else f"{policy.role} of {_row(path)}"
        case Own():
            return "the person" if policy.key == "id" else f"{path} {spoken(policy.key.removesuffix('_id'))}"
        case Public():
            return _condition(policy.when, path)
        case Nobody():
            return "administrators"
    return f"customers of {path} business"


def _joined(policies: Sequence[Policy], path: str) -> str:
    """Several that must hold: who, and where."""
    told = [f"({said(one, path)})" if isinstance(one, Any) else said(one, path) for one in policies]
    words = [f"where {text}" if isinstance(one, Public) else text for one, text in zip(policies, told, strict=True)]
    return " and ".join(words).replace(" and where ", " where ")


def _condition(when: str, path: str) -> str:
    told = when.removeprefix("if ").removesuffix(" id")
    return re.sub(r"\bit\b", _row(path), re.sub(r"\bits\b", path, told))


def _row(path: str) -> str:
    return "it" if path == "its" else path.removesuffix("'s")


def spoken(name: str) -> str:
    """A name of several words."""
    return name.replace("_", " ")
