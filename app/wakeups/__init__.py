"""Tells every process that something was committed, and hands on what is worth no row: who types, what an AI says."""

from app.wakeups.wakeups import Wakeups, waking

__all__ = ["Wakeups", "waking"]
