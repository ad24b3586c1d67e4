"""Conversations with AI agents."""
