"""The hand-written fields that record measurements and events by the thousand: thin over `app.services.ingest`."""

from collections.abc import Mapping
from typing import Annotated, Any, NewType
from uuid import UUID

import strawberry
from graphql import GraphQLScalarType

from app.services.ingest.asking import By
from app.services.ingest.batches import Recorded
from app.services.ingest.recording import LONGEST_KEY, MOST, Given, record
from app.services.ingest.shapes import Part, Shape, shape_of
from graph.acting import tried
from graph.context import Info, UserError
from graph.engine.model.ids import uuid_of
from graph.engine.writing.rows import Rows, rows_scalar
from models.analytics import AnalyticsEvent
from models.business import BusinessEvent, Metric

METRIC, BUSINESS_EVENT, ANALYTICS_EVENT = shape_of(Metric), shape_of(BusinessEvent), shape_of(AnalyticsEvent)

MetricRows = NewType("MetricRows", Rows)
BusinessEventRows = NewType("BusinessEventRows", Rows)
AnalyticsEventRows = NewType("AnalyticsEventRows", Rows)


def _described(shape: Shape) -> str:
    """What rows of `shape` are, with their fields."""
    head = (
        f"Up to {MOST:,} {shape.spoken} rows: a list of objects with these fields, of which those with ! must be given."
    )
    return "\n".join([head, "", *(_line(part) for part in shape.parts)])


def _line(part: Part) -> str:
    begins = "" if part.default is None else " {} if it is not said.".format(part.default.strip("'"))
    return f"- `{part.name}: {part.value.graphql}{'!' if part.needed else ''}`: {part.doc}{begins}"


SCALARS: Mapping[Any, GraphQLScalarType] = {
    type_: rows_scalar(f"{shape.entity}Rows", _described(shape))
    for type_, shape in (
        (MetricRows, METRIC),
        (BusinessEventRows, BUSINESS_EVENT),
        (AnalyticsEventRows, ANALYTICS_EVENT),
    )
}
"""The scalars that rows come as."""


@strawberry.input(description="A batch of rows of one business.")
class RecordRowsInput:
    """A batch of rows of one business."""

    business_id: strawberry.ID = strawberry.field(description="The ID of the business that they are of.")
    batch_key: str = strawberry.field(
        description=f"Any text of your own, 1 to {LONGEST_KEY} characters: the batch is recorded once for it."
    )
    keep_valid: bool = strawberry.field(
        default=False, description="Whether the others are recorded where some are refused; else none is."
    )


@strawberry.input(description="Measurements of a business.")
class RecordMetricsInput(RecordRowsInput):
    """Measurements of a business."""

    rows: MetricRows = strawberry.field(description="The rows.")


@strawberry.input(description="What happened in a business.")
class RecordBusinessEventsInput(RecordRowsInput):
    """What happened in a business."""

    rows: BusinessEventRows = strawberry.field(description="The rows.")


@strawberry.input(description="What visitors and customers of a business did.")
class RecordAnalyticsEventsInput(RecordRowsInput):
    """What visitors and customers of a business did."""

    rows: AnalyticsEventRows = strawberry.field(description="The rows.")


@strawberry.type(description="How many rows were recorded, and why others were not.")
class RecordRowsPayload:
    """How many rows were recorded, and why others were not."""

    recorded_count: int = strawberry.field(default=0, description="How many rows were recorded.")
    refused_count: int = strawberry.field(
        default=0, description="How many rows something is against; of all that is the first 100 reasons are told."
    )
    first_id: strawberry.ID | None = strawberry.field(default=None, description="The lowest of their IDs.")
    last_id: strawberry.ID | None = strawberry.field(default=None, description="The highest of their IDs.")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why rows were not recorded, each with the index of its row."
    )
    stands: strawberry.Private[bool] = False


async def _recorded(info: Info, shape: Shape, input: RecordRowsInput, rows: Rows) -> RecordRowsPayload:
    """Record a batch on behalf of whoever asks."""
    given = Given(
        uuid_of(input.business_id, "business", "input.businessId"), input.batch_key, rows.given, input.keep_valid
    )
    types = info.schema.derived  # type: ignore[attr-defined]
    by = By(info.context.viewer, types.access, types.graph)

    async def work() -> Recorded:
        return await record(await info.context.session(), shape, given, by, info.context.now())

    recorded, errors = await tried(work)
    return RecordRowsPayload(user_errors=errors) if recorded is None else _payload(shape, recorded)


def _payload(shape: Shape, recorded: Recorded) -> RecordRowsPayload:
    """What a batch came to, with global IDs."""

    def global_id(key: UUID | None) -> strawberry.ID | None:
        return None if key is None else strawberry.ID(f"{shape.prefix}_{key}")

    return RecordRowsPayload(
        recorded_count=recorded.recorded_count,
        refused_count=recorded.refused_count,
        first_id=global_id(recorded.first_id),
        last_id=global_id(recorded.last_id),
        user_errors=[
            UserError(code=one.code, field=one.field or None, message=one.sentence, index=one.index)
            for one in recorded.refusals
        ],
        stands=recorded.recorded_count > 0,
    )


async def record_metrics(
    info: Info, input: Annotated[RecordMetricsInput, strawberry.argument(description="The batch.")]
) -> RecordRowsPayload:
    """Record measurements of a business."""
    return await _recorded(info, METRIC, input, input.rows)


async def record_business_events(
    info: Info, input: Annotated[RecordBusinessEventsInput, strawberry.argument(description="The batch.")]
) -> RecordRowsPayload:
    """Record what happened in a business."""
    return await _recorded(info, BUSINESS_EVENT, input, input.rows)


async def record_analytics_events(
    info: Info, input: Annotated[RecordAnalyticsEventsInput, strawberry.argument(description="The batch.")]
) -> RecordRowsPayload:
    """Record what visitors and customers of a business did."""
    return await _recorded(info, ANALYTICS_EVENT, input, input.rows)


@strawberry.type
class IngestMutation:
    """Measurements and events by the thousand."""

    record_metrics: RecordRowsPayload = strawberry.mutation(
        resolver=record_metrics, description="Record many measurements of a business at once."
    )
    record_business_events: RecordRowsPayload = strawberry.mutation(
        resolver=record_business_events, description="Record much that happened in a business at once."
    )
    record_analytics_events: RecordRowsPayload = strawberry.mutation(
        resolver=record_analytics_events, description="Record much that visitors and customers did at once."
    )
