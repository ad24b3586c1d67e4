"""AI agents and what they talk about."""

from graph.access.words import MANAGER, OWNER, STAFF, VIEWER, linked, of, own, public, readers, within, writers

READERS = {
    "Agent": readers(
        public(status="ACTIVE") | VIEWER,
        of("system_prompt configuration tools deployed_sites port primary_tables", MANAGER),
    ),
    "AgentCapability": readers(within("agent"), configuration=within("agent", MANAGER)),
    "AgentDailyStat": readers(within("agent", VIEWER), total_cost=within("agent", MANAGER)),
    "AgentCollaboration": readers(within("requestingAgent", VIEWER)),
    "AgentDeployment": readers(
        within("agent", STAFF), of("configuration endpoint_url port error_message", within("agent", MANAGER))
    ),
    "AgentKnowledgeItem": readers(within("agent", STAFF)),
    "AgentTool": readers(STAFF, endpoint_url=MANAGER),
    "Conversation": readers(own("user_id") | STAFF, of("system_prompt total_cost", MANAGER), context=STAFF),
    "Message": readers(
        within("conversation") & (public(role=("USER", "ASSISTANT")) | within("conversation", MANAGER)),
        metadata=within("conversation", STAFF),
        cost=within("conversation", MANAGER),
    ),
    "ConversationEvent": readers(within("conversation") & (public(message_id=None) | within("message"))),
    "ExtractedEntity": readers(within("conversation", STAFF)),
    "Intent": readers(within("conversation", STAFF)),
    "TrainingExample": readers(MANAGER),
}

WRITERS = {
    "Agent": writers(MANAGER, delete=None, kept="satisfaction_sum satisfaction_count"),
    "AgentCapability": writers(within("agent", MANAGER), once="agent_id"),
    "AgentCollaboration": writers(
        within("requestingAgent", MANAGER) & within("respondingAgent", MANAGER),
        once="requesting_agent_id responding_agent_id",
    ),
    "AgentDeployment": writers(
        within("agent", MANAGER) & linked("site_id", MANAGER),
        delete=within("agent", OWNER),
        kept="deployed_by_id status health deployed_at last_check_at error_message retired_at",
        once="agent_id site_id environment",
    ),
    "AgentKnowledgeItem": writers(within("agent", STAFF), kept="confidence", once="agent_id"),
    "AgentTool": writers(MANAGER, once="name"),
    "TrainingExample": writers(
        MANAGER,
        MANAGER & public(approved_at=None),
        MANAGER,
        kept="is_used approved_by_id approved_at",
        once="message_id",
    ),
}
NOT_WRITTEN = {
    "AgentDailyStat": "kept by the worker",
    "Conversation": "begun, led and ended by workflows",
    "ConversationEvent": "a log",
    "ExtractedEntity": "found by models",
    "Intent": "found by models and reviewed by a workflow",
    "Message": "said by a workflow",
}
