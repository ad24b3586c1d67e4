"""Jobs: offered by their clients."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import bindparam, insert, select

from app.services.freelance.checks import in_cents
from app.services.refusals import Refusal, Refused
from app.services.statements import Compiled, Fetch
from models import Base
from models.freelance import BudgetType, ExperienceLevel

JOBS, USERS = Base.metadata.tables["freelance.jobs"], Base.metadata.tables["identity.users"]

GIVEN = (
    *("title", "description", "budget", "currency", "budget_type", "category", "skills"),
    *("experience_level", "deadline", "status", "published_at"),
)
_CLIENT = select(USERS.c.id).where(
    USERS.c.id == bindparam("client_id"), USERS.c.is_active, USERS.c.deleted_at.is_(None)
)
_JOB = _CLIENT.add_columns(*(bindparam(key, type_=JOBS.c[key].type) for key in GIVEN))
CLIENT = Compiled(_CLIENT)
CREATE = Compiled(insert(JOBS).from_select(["client_id", *GIVEN], _JOB).returning(JOBS.c.id))
"""Makes the job if its client may offer any."""

NOBODY = Refusal("NOT_FOUND", "clientId", "is not an active user")
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


async def create_job(fetch: Fetch, new: NewJob, *, now: datetime) -> UUID:
    """The id of a new job of the client, a draft or opened at once. Raises Refused with every reason against it."""
    if wrong := check_job(new, now=now):
        raise Refused([*wrong, *await check_client(fetch, new.client_id)])
    if (id_ := await do_create_job(fetch, new, now=now)) is None:
        raise Refused([NOBODY])
    return id_


def check_job(new: NewJob, *, now: datetime) -> list[Refusal]:
    """What is wrong with what the client says."""
    rules = {
        ("title", f"must have 1 to {TITLE_LENGTH} characters"): 1 <= len(new.title.strip()) <= TITLE_LENGTH,
        ("description", "must not be empty"): bool(new.description.strip()),
        ("budget", "must not be negative"): new.budget >= 0,
        ("budget", "is too large"): new.budget < BUDGET_LIMIT,
        ("budget", "must have at most two decimals"): in_cents(new.budget),
        ("currency", "must be three capital letters, like USD"): _is_currency(new.currency),
        ("deadline", "must be in the future"): new.deadline is None or new.deadline > now,
    }
    return [Refusal("BAD_USER_INPUT", field_, message) for (field_, message), holds in rules.items() if not holds]


async def check_client(fetch: Fetch, client_id: UUID) -> list[Refusal]:
    """Whether the client exists and may offer jobs."""
    found = await fetch(*CLIENT(client_id=client_id))
    return [] if found else [NOBODY]


async def do_create_job(fetch: Fetch, new: NewJob, *, now: datetime) -> UUID | None:
    """Write the job; None if its client may offer none."""
    made = await fetch(
        *CREATE(
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
    )
    return made[0]["id"] if made else None


def _is_currency(code: str) -> bool:
    return len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()
