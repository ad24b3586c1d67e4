"""The job market's hand-written fields: thin over `app.services.freelance`."""

import strawberry

from graph.freelance.applications import ApplicationsMutation
from graph.freelance.disputes import DisputesMutation
from graph.freelance.escrows import EscrowsMutation
from graph.freelance.jobs import JobsMutation
from graph.freelance.milestones import MilestonesMutation
from graph.freelance.posting import PostingMutation
from graph.freelance.reviews import ReviewsMutation
from graph.freelance.skills import SkillsMutation

__all__ = ["FreelanceMutation"]


@strawberry.type
class FreelanceMutation(
    JobsMutation,
    PostingMutation,
    ApplicationsMutation,
    MilestonesMutation,
    EscrowsMutation,
    DisputesMutation,
    ReviewsMutation,
    SkillsMutation,
):
    """What people do on the job market."""
