"""How the job market's mutations are made, and the rows that they show."""

from app.services.freelance.actors import Actor
from graph.access.viewers import ADMIN
from graph.acting import me
from graph.context import Info
from graph.steps import Steps

ENTITIES = {
    "job": "Job",
    "application": "Application",
    "milestone": "Milestone",
    "milestones": "Milestone[]",
    "escrow": "Escrow",
    "dispute": "Dispute",
    "evidence": "DisputeEvidence",
    "review": "Review",
    "skill_verification": "SkillVerification",
}
"""What payloads show, and the entity of each."""


def _actor(info: Info) -> Actor:
    """Who acts. Raises Refused if nobody signed in."""
    viewer = info.context.viewer
    return Actor(me(info), viewer.kind == ADMIN, frozenset(viewer.params.get("staff", ())))


step = Steps(ENTITIES, _actor)
