"""Jobs: offered by their clients."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.refusals import Refusal, check
from models import Base
from models.freelance import BudgetType, ExperienceLevel

JOBS, USERS = Base.metadata.tables["freelance.jobs"], Base.metadata.tables["identity.users"]

TITLE_LENGTH = 200
BUDGET_LIMIT = Decimal(10) ** 18


@dataclass(frozen=True, slots=True)
class NewJob:
    """What a client says of a job."""

    client_id: UUID
    title: str
    description: str
    budget: Decimal
    currency: str = "USD"
    budget_type: BudgetType = "FIXED"
    category: str | None = None
    skills: list[str] = field(default_factory=list)
    experience_level: ExperienceLevel | None = None
    deadline: datetime | None = None
    publish: bool = False


async def create_job(session: AsyncSession, new: NewJob, *, now: datetime) -> UUID:
    """The id of a new job of the client, a draft or opened at once. Raises Refused with every reason against it."""
    check([*check_job(new, now=now), *await check_client(session, new.client_id)])
    return await do_create_job(session, new, now=now)


def check_job(new: NewJob, *, now: datetime) -> list[Refusal]:
    """What is wrong with what the client says."""
    rules = {
        ("title", f"must have 1 to {TITLE_LENGTH} characters"): 1 <= len(new.title.strip()) <= TITLE_LENGTH,
        ("description", "must not be empty"): bool(new.description.strip()),
        ("budget", "must not be negative"): new.budget >= 0,
        ("budget", "is too large"): new.budget < BUDGET_LIMIT,
        ("budget", "must have at most two decimals"): new.budget == round(new.budget, 2),
        ("currency", "must be three capital letters, like USD"): _is_currency(new.currency),
        ("deadline", "must be in the future"): new.deadline is None or new.deadline > now,
    }
    return [Refusal("BAD_USER_INPUT", field_, message) for (field_, message), holds in rules.items() if not holds]


async def check_client(session: AsyncSession, client_id: UUID) -> list[Refusal]:
    """Whether the client exists and may offer jobs."""
    found = await session.scalar(select(USERS.c.is_active).where(USERS.c.id == client_id, USERS.c.deleted_at.is_(None)))
    return [] if found else [Refusal("NOT_FOUND", "clientId", "is not an active user")]


async def do_create_job(session: AsyncSession, new: NewJob, *, now: datetime) -> UUID:
    """Write the job; past the ORM's unit of work, which takes a millisecond more."""
    job = insert(JOBS).values(
        client_id=new.client_id,
        title=new.title.strip(),
        description=new.description.strip(),
        budget=new.budget,
        currency=new.currency,
        budget_type=new.budget_type,
        category=new.category,
        skills=new.skills,
        experience_level=new.experience_level,
        deadline=new.deadline,
        status="OPEN" if new.publish else "DRAFT",
        published_at=now if new.publish else None,
    )
    id_: UUID = await session.scalar(job.returning(JOBS.c.id))
    return id_


def _is_currency(code: str) -> bool:
    return len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()
