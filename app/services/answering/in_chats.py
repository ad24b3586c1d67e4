"""Where answers land in live chats: as messages of the AI agent, until a person takes the chat over."""
