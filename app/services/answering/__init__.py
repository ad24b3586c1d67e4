"""Answers of AI agents: requests as an outbox, what agents may know, and what becomes of each request.

Knows nothing of how a language model is reached.
"""
