"""The transports: what arrives is made an operation, what `Engine.answer` returns is sent."""
