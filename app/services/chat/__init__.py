"""Live chat: how chats are begun, led and ended, and the log that both sides follow."""
