"""The doors for programs."""

from graph.access.words import ADMINS, MANAGER, OWNER, VIEWER, of, public, readers, within, writers

READERS = {
    "ApiKey": readers(OWNER),
    "ApiLog": readers(MANAGER, of("request_body response_body", OWNER)),
    "RateLimit": readers(MANAGER),
    "Webhook": readers(MANAGER),
    "WebhookDelivery": readers(within("webhook")),
    "Endpoint": readers(public(is_public=True, status=("BETA", "ACTIVE", "DEPRECATED")) | VIEWER),
}

WRITERS = {
    "RateLimit": writers(
        ADMINS,
        kept="is_adaptive minimum_count current_count adapted_at",
        once="api_key_id endpoint_id viewer scope unit window_seconds",
    ),
    "Webhook": writers(None, MANAGER, MANAGER, kept="failures_in_a_row failing_since former_secret_until"),
    "Endpoint": writers(
        MANAGER, delete=None, kept="call_count failure_count total_ms slowest_ms", once="method path api_version"
    ),
}
NOT_WRITTEN = {
    "ApiKey": "made and revoked by workflows, by owners",
    "ApiLog": "a log",
    "WebhookDelivery": "carried out by the worker",
}
