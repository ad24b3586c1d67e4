"""The doors for programs."""

from graph.access.words import MANAGER, OWNER, VIEWER, of, public, readers, within

READERS = {
    "ApiKey": readers(OWNER),
    "ApiLog": readers(MANAGER, of("request_body response_body", OWNER)),
    "RateLimit": readers(MANAGER),
    "Webhook": readers(MANAGER),
    "WebhookDelivery": readers(within("webhook")),
    "Endpoint": readers(public(is_public=True, status=("BETA", "ACTIVE", "DEPRECATED")) | VIEWER),
}
