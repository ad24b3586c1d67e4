"""AI agents and what they talk about."""

from graph.access.words import MANAGER, STAFF, VIEWER, of, own, public, readers, within

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
