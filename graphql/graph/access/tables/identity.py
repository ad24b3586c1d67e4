"""People and their accounts."""

from graph.access.words import ADMINS, MANAGER, OWNER, STAFF, VIEWER, of, own, public, readers

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
