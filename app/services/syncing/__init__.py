"""Telling services of changes: what waits to be told, and what became of it. Who tells them is the worker."""
