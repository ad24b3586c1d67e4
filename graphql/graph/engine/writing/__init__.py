"""Derived writes: from an input to rows, and what is against them."""
