"""Sample data: three years of businesses, people, jobs, agents and talk, the same for the same number and day."""

from app.seed.known import ADA, ADA_EMAIL, BUSINESS, JOB
from app.seed.load import AlreadySeeded, is_empty, seed

__all__ = ["ADA", "ADA_EMAIL", "BUSINESS", "JOB", "AlreadySeeded", "is_empty", "seed"]
