"""Figures of the job market, counted when they are read."""

from __future__ import annotations

from datetime import date as Day
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped

from models.base import View
from models.columns import BigInt, Money, column, row_of


class JobAnalytics(View):
    """The jobs posted for a business on a day (UTC) in a currency, and what became of them."""

    __tablename__ = "job_analytics"
    natural_key = ("business_id", "date", "currency")
    query = """
        SELECT business_id,
               (created_at AT TIME ZONE 'UTC')::date AS date,
               currency,
               count(*) AS posted_count,
               count(*) FILTER (WHERE status = 'OPEN') AS open_count,
               count(*) FILTER (WHERE freelancer_id IS NOT NULL) AS assigned_count,
               count(*) FILTER (WHERE status = 'COMPLETED') AS completed_count,
               count(*) FILTER (WHERE status = 'CANCELLED') AS cancelled_count,
               count(*) FILTER (WHERE status = 'DISPUTED') AS disputed_count,
               sum(application_count)::bigint AS application_count,
               sum(budget) FILTER (WHERE budget_type = 'FIXED') AS total_budget,
               round(avg(budget) FILTER (WHERE budget_type = 'FIXED'), 2)::numeric(20,2) AS average_budget
          FROM freelance.jobs
          CROSS JOIN LATERAL (SELECT count(*) AS application_count
                                FROM freelance.applications AS a WHERE a.job_id = jobs.id) AS applied
         WHERE deleted_at IS NULL
         GROUP BY 1, 2, 3"""

    business_id: Mapped[UUID | None] = row_of("business.businesses", "For which business; null: for private clients.")
    date: Mapped[Day] = column("The day on which they were posted.", primary_key=True)
    currency: Mapped[str] = column("Currency of their budgets.", primary_key=True)
    posted_count: Mapped[BigInt] = column("How many were posted.")
    open_count: Mapped[BigInt] = column("How many of them are open to applications.")
    assigned_count: Mapped[BigInt] = column("How many of them were given to a freelancer.")
    completed_count: Mapped[BigInt] = column("How many of them are done.")
    cancelled_count: Mapped[BigInt] = column("How many of them were called off.")
    disputed_count: Mapped[BigInt] = column("How many of them are in dispute.")
    application_count: Mapped[BigInt] = column("How many applications came for them.")
    total_budget: Mapped[Money | None] = column("What clients will pay for those at a fixed price; null if there are none.")
    average_budget: Mapped[Money | None] = column("What clients will pay for one at a fixed price; null if there are none.")


class UserStats(View):
    """What a person does on the platform, in figures: jobs, courses, earnings."""

    __tablename__ = "user_stats"
    natural_key = ("user_id",)
    query = """
        SELECT u.id AS user_id,
               (SELECT count(*) FROM freelance.jobs AS j WHERE j.client_id = u.id AND j.deleted_at IS NULL) AS posted_count,
               (SELECT count(*) FROM freelance.applications AS a WHERE a.freelancer_id = u.id) AS application_count,
               (SELECT count(*) FROM freelance.jobs AS j
                 WHERE j.freelancer_id = u.id AND j.status = 'COMPLETED') AS completed_count,
               (SELECT count(*) FROM freelance.enrollments AS e WHERE e.user_id = u.id) AS enrollment_count,
               (SELECT count(*) FROM freelance.enrollments AS e
                 WHERE e.user_id = u.id AND e.status = 'COMPLETED') AS course_count,
               u.currency,
               (SELECT coalesce(sum(e.released_amount), 0)::numeric(20,2) FROM freelance.escrows AS e
                 WHERE e.freelancer_id = u.id AND e.currency = u.currency) AS total_earned,
               (SELECT coalesce(jsonb_object_agg(by.currency, by.earned::text), '{}')
                  FROM (SELECT e.currency, sum(e.released_amount) AS earned FROM freelance.escrows AS e
                         WHERE e.freelancer_id = u.id GROUP BY e.currency) AS by) AS earnings
          FROM identity.users AS u
         WHERE u.deleted_at IS NULL"""

    user_id: Mapped[UUID] = row_of("identity.users", "Which person.", "stats", "What this person does, in figures.", single=True)
    posted_count: Mapped[BigInt] = column("How many jobs this person posted.")
    application_count: Mapped[BigInt] = column("How many jobs this person applied for.")
    completed_count: Mapped[BigInt] = column("How many jobs this person did to the end.")
    enrollment_count: Mapped[BigInt] = column("In how many courses this person enrolled.")
    course_count: Mapped[BigInt] = column("How many courses this person completed.")
    currency: Mapped[str] = column("Currency of the total, the person's own.")
    total_earned: Mapped[Money] = column("What escrows in that currency paid this person.")
    earnings: Mapped[dict[str, Any]] = column("What escrows paid this person, by currency.")
