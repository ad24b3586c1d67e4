"""People and their accounts."""

from graph.access.words import ADMINS, MANAGER, OWNER, STAFF, VIEWER, of, own, public, readers, writers

READERS = {
    "User": readers(
        public(is_active=True, deleted_at=None) | own("id"),
        of("email username phone locale time_zone is_superuser is_active permissions email_verified_at", own("id")),
        of("last_login_at login_count failed_login_attempts locked_until deleted_at", own("id")),
        notes=ADMINS,
    ),
    "Membership": readers(own("user_id") | VIEWER),
    "LoginSession": readers(own("user_id")),
    "Token": readers(ADMINS),
    "KycVerification": readers(own("user_id"), of("risk_level provider provider_reference", ADMINS)),
    "AmlCheck": readers(ADMINS),
    "SecurityEvent": readers(own("user_id") | OWNER, details=OWNER),
    "GdprConsent": readers(
        own("user_id") | own("customer_id") | STAFF,
        of("ip_address user_agent", own("user_id") | own("customer_id") | MANAGER),
    ),
    "PrivacyRequest": readers(
        own("user_id") | own("customer_id") | MANAGER, export_url=own("user_id") | own("customer_id")
    ),
}

WRITERS = {
    "User": writers(
        None,
        own("id"),
        None,
        kept="email email_verified_at is_superuser last_login_at login_count failed_login_attempts locked_until "
        "rating_sum rating_count is_active permissions",
    ),
    "Membership": writers(OWNER, OWNER, OWNER | own("user_id"), kept="invited_by_id joined_at", once="user_id"),
}
NOT_WRITTEN = {
    "LoginSession": "begun and ended by signing in and out",
    "Token": "sent and used up by the accounts' workflows",
    "KycVerification": "handed in and decided by workflows",
    "AmlCheck": "made and decided by workflows",
    "SecurityEvent": "a log",
    "GdprConsent": "given and taken back by a workflow; a new answer ends the old",
    "PrivacyRequest": "made, proven and answered by a workflow",
}
