"""What keeps the machines running."""

from graph.access.words import ADMINS, MANAGER, OWNER, of, public, readers

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
