"""Language models and what they cost."""

from graph.access.words import ADMINS, MANAGER, of, own, public, readers, within, writers

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

WRITERS = {
    "LlmProvider": writers(
        ADMINS,
        kept="status average_response_time_ms success_rate consecutive_failures last_check_at last_success_at "
        "last_error_at last_error_code last_error_message",
        once="slug",
    ),
    "AiModel": writers(ADMINS, once="provider name version"),
}
NOT_WRITTEN = {
    "AiCost": "added up by the worker",
    "AiModelMetric": "measured",
    "LlmUsageStat": "added up by the worker",
    "LlmRequest": "queued and answered by a workflow",
    "LlmResponse": "given by models",
}
