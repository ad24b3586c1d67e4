"""The job market's hand-written fields: thin over `app.services.freelance`."""

from graph.freelance.jobs import FreelanceMutation

__all__ = ["FreelanceMutation"]
