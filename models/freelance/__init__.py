"""The job market: jobs, the applications for them, the money held for them, what people say and learn."""

from models.freelance.escrow import Dispute, DisputeEvidence, Escrow, EscrowMovement
from models.freelance.figures import JobAnalytics, UserStats
from models.freelance.jobs import Application, BudgetType, ExperienceLevel, Job, JobStatus, Milestone, Review
from models.freelance.skills import Course, Enrollment, SkillVerification

__all__ = [
    "Application",
    "BudgetType",
    "Course",
    "Dispute",
    "DisputeEvidence",
    "Enrollment",
    "Escrow",
    "EscrowMovement",
    "ExperienceLevel",
    "Job",
    "JobAnalytics",
    "JobStatus",
    "Milestone",
    "Review",
    "SkillVerification",
    "UserStats",
]
