"""The job market."""

from graph.access.words import STAFF, VIEWER, of, own, public, readers, within

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
