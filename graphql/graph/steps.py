"""How a mutation is made of its input, the service that does it, and the rows its payload shows.

A step is called like its input: `PublishJobInput` makes `publishJob`, which answers with a `PublishJobPayload`.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any, TypeVar
from uuid import UUID

import strawberry

from graph.acting import WHY_NOT, done, occasion
from graph.context import Info, UserError
from graph.engine.model.ids import camel, uuid_of
from graph.engine.running.written import Ref, Refs
from graph.engine.schema.schema import derived

T = TypeVar("T")

Rows = Mapping[str, UUID | tuple[UUID, ...]]
"""What a step touched, each row by what the payload calls it; several rows of a kind as a tuple."""

Work = Callable[..., Awaitable[Mapping[str, Any]]]
"""A service: it takes the session, who acts and when, and the fields of the input by name, and gives `Rows`."""

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


@dataclass(frozen=True, slots=True)
class Steps:
    """Makes the mutations of a domain: `Steps(entities, actor)(PublishJobInput, publish_job, "…", "job")`."""

    entities: Mapping[str, str]
    """What payloads show, and the entity of each; what ends in [] is a list."""
    actor: Callable[[Info], Any]
    """Who acts, as the services take it. Raises Refused if nobody may."""

    def __call__(self, given: type, work: Work, description: str, *shown: str) -> Any:
        """The mutation that does `work` with what is `given`, and shows these rows afterwards."""
        payload = self._payload(given.__name__.removesuffix("Input"), shown)

        async def resolve(info: Info, input: Any) -> Any:
            given_values = values(input)
            rows, errors = await done(
                info, lambda session: work(session, self.actor(info), occasion(info), **given_values)
            )
            return payload(**{name: self.shown(name, rows) for name in shown}, user_errors=errors)

        about = strawberry.argument(description=given.__doc__ or "")
        resolve.__annotations__ = {"info": Info, "input": Annotated[given, about], "return": payload}
        return strawberry.mutation(resolver=resolve, description=description)

    def _payload(self, name: str, shown: tuple[str, ...]) -> Any:
        """The type of the payload of the step `name`."""
        description = f"{_listed(shown)} after the step, or why it was not taken."
        attributes: dict[str, Any] = {one: said(f"The {_spoken(one)}; null if there are userErrors.") for one in shown}
        attributes["user_errors"] = said(WHY_NOT)
        types = {one: self.type_of(one) for one in shown} | {"user_errors": list[UserError]}
        made = type(f"{name}Payload", (), {**attributes, "__annotations__": types, "__doc__": description})
        return strawberry.type(made, description=description)

    def type_of(self, name: str) -> Any:
        """The type of a field that shows what is called `name`."""
        entity = self.entities[name]
        row = derived(entity.removesuffix("[]")) | None
        return list[row] | None if entity.endswith("[]") else row  # type: ignore[valid-type]

    def shown(self, name: str, rows: Rows | None) -> Ref | Refs | None:
        """The row of that name as a payload holds it; None if nothing was done, or there is none."""
        key = rows.get(name) if rows else None
        entity = self.entities[name].removesuffix("[]")
        if key is None:
            return None
        return Refs(entity, key) if isinstance(key, tuple) else Ref(entity, key)


def values(given: Any) -> dict[str, Any]:
    """The fields of an input by name, with the uuid for each ID. Raises BadUserInput."""
    found = {field.name: getattr(given, field.name) for field in fields(given)}
    for field in fields(given):
        if PREFIX in field.metadata and found[field.name] is not None:
            where = f"input.{camel(field.name)}"
            found[field.name] = uuid_of(found[field.name], field.metadata[PREFIX], where)
    return found


def _listed(shown: tuple[str, ...]) -> str:
    *first, last = map(_spoken, shown)
    return f"The {', '.join(first)} and {last}" if first else f"The {last}"


def _spoken(name: str) -> str:
    return name.replace("_", " ")
