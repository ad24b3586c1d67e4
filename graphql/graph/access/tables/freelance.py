"""The job market."""

from graph.access.words import MANAGER, STAFF, VIEWER, of, own, public, readers, within, writers

READERS = {
    "Job": readers(
        public(status="OPEN", deleted_at=None)
        | own("client_id")
        | own("freelancer_id")
        | within("applications", own("freelancer_id"))
        | STAFF
    ),
    "Application": readers(own("freelancer_id") | within("job", own("client_id") | STAFF)),
    "Milestone": readers(within("job", own("client_id") | own("freelancer_id") | STAFF)),
    "Escrow": readers(own("client_id") | own("freelancer_id") | within("job", STAFF)),
    "EscrowMovement": readers(within("escrow")),
    "Dispute": readers(own("opened_by_id") | own("respondent_id") | own("mediator_id")),
    "DisputeEvidence": readers(
        own("submitted_by_id")
        | within("dispute", own("mediator_id"))
        | within("dispute") & public(is_confidential=False)
    ),
    "Review": readers(public(is_public=True) | own("reviewer_id") | own("reviewee_id")),
    "SkillVerification": readers(
        public(status="VERIFIED") | own("user_id"), of("score evidence_url rejection_reason", own("user_id"))
    ),
    "Course": readers(public(status="PUBLISHED") | own("instructor_id") | STAFF),
    "Enrollment": readers(own("user_id") | within("course", STAFF)),
    "UserStats": readers(
        within("user"),
        of("total_earned earnings posted_count application_count enrollment_count course_count", own("user_id")),
    ),
    "JobAnalytics": readers(VIEWER),
}

WRITERS = {
    "Job": writers(
        None,
        (own("client_id") | STAFF) & public(status=("DRAFT", "OPEN")),
        (own("client_id") | MANAGER) & public(status="DRAFT"),
        kept="freelancer_id status published_at started_at completed_at",
    ),
    "Course": writers(STAFF, delete=MANAGER, kept="enrollment_count completion_count"),
}
NOT_WRITTEN = {
    "Application": "made, decided and withdrawn by workflows",
    "Milestone": "agreed, handed in and approved by workflows",
    "Escrow": "funded and paid out by workflows",
    "EscrowMovement": "a ledger",
    "Dispute": "opened, answered and resolved by workflows",
    "DisputeEvidence": "put forward by a workflow, and never changed",
    "Review": "written by a workflow, once a side and job",
    "SkillVerification": "claimed and proven by workflows",
    "Enrollment": "begun, paid and completed by workflows",
    "UserStats": "a view",
    "JobAnalytics": "a view",
}
