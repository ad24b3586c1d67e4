"""What the sample data always contains under the same names, whatever the number and the day."""

from uuid import UUID

ADA = UUID("018bcfe5-6800-7000-8000-000000000ada")
"""A client, and the owner of the job market."""

ADA_EMAIL = "ada@azora.example"

JOB = UUID("018bcfe5-6800-7000-8000-00000000010b")
"""A job of hers that is completed, paid and reviewed."""

BUSINESS = "ecigdis"
"""The slug of the parent company."""
