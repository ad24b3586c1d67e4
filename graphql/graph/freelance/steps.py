"""How a mutation of the job market is made of its input, the service that does it, and the rows its payload shows.

A step is called like its input: `PublishJobInput` makes `publishJob`, which answers with a `PublishJobPayload`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import fields
from typing import Annotated, Any, TypeVar

import strawberry

from app.services.freelance.actors import Actor
from app.services.freelance.locking import Rows
from graph.access.viewers import ADMIN
from graph.acting import WHY_NOT, done, me, occasion
from graph.context import Info, UserError
from graph.engine.model.ids import camel, uuid_of
from graph.engine.running.written import Ref, Refs
from graph.engine.schema.schema import derived

T = TypeVar("T")

Work = Callable[..., Awaitable[Rows]]
"""A service: it takes the session, who acts and when, and the fields of the input by name."""

ENTITIES = {
    "job": "Job",
    "application": "Application",
    "milestone": "Milestone",
    "milestones": "Milestone",
    "escrow": "Escrow",
    "dispute": "Dispute",
    "evidence": "DisputeEvidence",
    "review": "Review",
    "skill_verification": "SkillVerification",
}
"""What payloads show, and the entity of each."""

PREFIX = "prefix"
"""Under which name a field of an input says what its IDs begin with."""


def described(cls: type[T]) -> type[T]:
    """An input whose docstring is its description."""
    return strawberry.input(cls, description=cls.__doc__)


def said(description: str, **options: Any) -> Any:
    """A field of an input; one with a `default` may be left out."""
    return strawberry.field(description=description, **options)


def id_of(prefix: str, description: str, **options: Any) -> Any:
    """A field of an input that holds the ID of a row, like `job_019a…` for the prefix `job`."""
    return strawberry.field(description=description, metadata={PREFIX: prefix}, **options)


def newest() -> Any:
    """The field of an input for the version of the row that was looked at."""
    return said("The version that was looked at, if it matters: another is a CONFLICT.", default=None)


def step(given: type, work: Work, description: str, *shown: str) -> Any:
    """The mutation that does `work` with what is `given`, and shows these rows afterwards."""
    payload = _payload(given.__name__.removesuffix("Input"), shown)

    async def resolve(info: Info, input: Any) -> Any:
        values = _values(input)
        rows, errors = await done(info, lambda session: work(session, _actor(info), occasion(info), **values))
        return payload(**{name: _shown(name, rows) for name in shown}, user_errors=errors)

    about = strawberry.argument(description=given.__doc__ or "")
    resolve.__annotations__ = {"info": Info, "input": Annotated[given, about], "return": payload}
    return strawberry.mutation(resolver=resolve, description=description)


def _payload(name: str, shown: tuple[str, ...]) -> Any:
    """The type of the payload of the step `name`."""
    *first, last = map(_spoken, shown)
    rows = f"{', '.join(first)} and {last}" if first else last
    description = f"The {rows} after the step, or why it was not taken."
    attributes: dict[str, Any] = {one: said(f"The {_spoken(one)}; null if there are userErrors.") for one in shown}
    attributes["user_errors"] = said(WHY_NOT)
    types = {one: _type(one) for one in shown} | {"user_errors": list[UserError]}
    made = type(f"{name}Payload", (), {**attributes, "__annotations__": types, "__doc__": description})
    return strawberry.type(made, description=description)


def _type(name: str) -> Any:
    row = derived(ENTITIES[name]) | None
    return list[row] | None if name == "milestones" else row  # type: ignore[valid-type]


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _values(given: Any) -> dict[str, Any]:
    """The fields of an input by name, with the uuid for each ID. Raises BadUserInput."""
    values = {field.name: getattr(given, field.name) for field in fields(given)}
    for field in fields(given):
        if PREFIX in field.metadata and values[field.name] is not None:
            where = f"input.{camel(field.name)}"
            values[field.name] = uuid_of(values[field.name], field.metadata[PREFIX], where)
    return values


def _actor(info: Info) -> Actor:
    """Who acts. Raises Refused if nobody signed in."""
    viewer = info.context.viewer
    return Actor(me(info), viewer.kind == ADMIN, frozenset(viewer.params.get("staff", ())))


def _shown(name: str, rows: Rows | None) -> Ref | Refs | None:
    if rows is None:
        return None
    key, entity = rows[name], ENTITIES[name]
    return Refs(entity, key) if isinstance(key, tuple) else Ref(entity, key)
