"""What keeps the machines running."""

from graph.access.words import ADMINS, MANAGER, OWNER, of, public, readers, writers

READERS = {
    "AuditLog": readers(OWNER),
    "Backup": readers(MANAGER, location=ADMINS),
    "Configuration": readers(MANAGER, of("value default_value", public(is_sensitive=False) | OWNER)),
    "EventLog": readers(MANAGER),
    "HealthCheck": readers(MANAGER),
    "ServiceSubscription": readers(MANAGER),
    "ServiceSync": readers(MANAGER),
    "SystemEvent": readers(MANAGER),
    "SystemMetric": readers(MANAGER),
}

PLAIN = public(is_sensitive=False, is_read_only=False)

WRITERS = {
    "Configuration": writers(
        MANAGER & PLAIN,
        delete=OWNER & PLAIN,
        kept="updated_by_agent_id is_sensitive is_encrypted is_read_only",
        once="key",
    ),
    "ServiceSubscription": writers(ADMINS, once="service_name entity_type"),
}
NOT_WRITTEN = {
    "AuditLog": "a log",
    "Backup": "made by the worker",
    "EventLog": "a log",
    "HealthCheck": "measured",
    "ServiceSync": "made and carried out by the worker",
    "SystemEvent": "a log",
    "SystemMetric": "measured",
}
