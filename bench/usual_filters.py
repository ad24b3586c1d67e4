"""What the usual way can filter jobs by: an input for each type of column and each relation, written out by hand."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

import strawberry
from sqlalchemy import ColumnElement, UnaryExpression, exists
from sqlalchemy.orm import InstrumentedAttribute

from bench.usual_loaders import enumeration
from models import freelance, identity
from models.freelance import jobs

if TYPE_CHECKING:
    JobStatus: TypeAlias = str
else:
    JobStatus = enumeration("JobStatus", jobs.JobStatus)

Conditions = list[ColumnElement[bool]]


@strawberry.enum
class OrderDirection(StrEnum):
    """Which way an order runs."""

    ASC = "ASC"
    DESC = "DESC"


@strawberry.input
class StringFilter:
    """What a text is compared with."""

    eq: str | None = None
    in_: list[str] | None = strawberry.field(name="in", default=None)

    def conditions(self, column: InstrumentedAttribute[str | None]) -> Conditions:
        """What `column` is to fulfil."""
        found = [] if self.eq is None else [column == self.eq]
        return [*found, *([] if self.in_ is None else [column.in_(self.in_)])]


@strawberry.input
class DecimalFilter:
    """What an amount is compared with."""

    gte: Decimal | None = None

    def conditions(self, column: InstrumentedAttribute[Decimal]) -> Conditions:
        """What `column` is to fulfil."""
        return [] if self.gte is None else [column >= self.gte]


@strawberry.input
class JobStatusFilter:
    """What a job's status is compared with."""

    eq: JobStatus | None = None

    def conditions(self) -> Conditions:
        """What the job is to fulfil."""
        return [] if self.eq is None else [freelance.Job.status == self.eq]


@strawberry.input
class UserFilter:
    """What a person is to be like."""

    country: StringFilter | None = None

    def conditions(self, key: InstrumentedAttribute[object]) -> Conditions:
        """That there is such a person with the id that `key` names."""
        country = self.country.conditions(identity.User.country) if self.country else []
        return [exists().where(identity.User.id == key, *country)]


@strawberry.input
class ApplicationFilter:
    """What an application is to be like."""

    proposed_amount: DecimalFilter | None = None
    freelancer: UserFilter | None = None

    def conditions(self) -> Conditions:
        """What the application is to fulfil."""
        amount = self.proposed_amount
        amounts = amount.conditions(freelance.Application.proposed_amount) if amount else []
        person = self.freelancer.conditions(freelance.Application.freelancer_id) if self.freelancer else []
        return [*amounts, *person]


@strawberry.input
class ApplicationListFilter:
    """What the applications for a job are to be like."""

    some: ApplicationFilter | None = None

    def conditions(self) -> Conditions:
        """What the job is to fulfil."""
        if self.some is None:
            return []
        return [exists().where(freelance.Application.job_id == freelance.Job.id, *self.some.conditions())]


@strawberry.input
class JobFilter:
    """What a job is to be like."""

    status: JobStatusFilter | None = None
    client: UserFilter | None = None
    applications: ApplicationListFilter | None = None

    def conditions(self) -> Conditions:
        """What the job is to fulfil."""
        client = self.client.conditions(freelance.Job.client_id) if self.client else []
        others = [each.conditions() for each in (self.status, self.applications) if each]
        return [*client, *(condition for each in others for condition in each)]


@strawberry.input
class JobOrder:
    """What jobs are ordered by."""

    created_at: OrderDirection | None = None

    def ordering(self) -> list[UnaryExpression[datetime]]:
        """The keys of ORDER BY."""
        column = freelance.Job.created_at
        return [] if self.created_at is None else [column.asc() if self.created_at == "ASC" else column.desc()]
