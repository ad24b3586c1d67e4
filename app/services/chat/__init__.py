"""Live chat: who answers, what is said, and the log of it. Functions flush, and never commit."""
