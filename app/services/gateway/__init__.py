"""Webhooks: how businesses manage them, how calls are signed, and what becomes of each."""
