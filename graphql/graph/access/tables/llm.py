"""Language models and what they cost."""

from graph.access.words import ADMINS, MANAGER, of, own, public, readers, within

READERS = {
    "LlmProvider": readers(
        public(),
        of("base_url consecutive_failures last_error_at last_error_code last_error_message", ADMINS),
        rate_limit_per_minute=ADMINS,
    ),
    "AiModel": readers(public(), parameters=ADMINS),
    "AiCost": readers(MANAGER),
    "AiModelMetric": readers(MANAGER),
    "LlmUsageStat": readers(MANAGER),
    "LlmRequest": readers(own("user_id") | MANAGER, of("system_prompt error_message", MANAGER)),
    "LlmResponse": readers(within("request"), of("cost cache_key", within("request", MANAGER))),
}
