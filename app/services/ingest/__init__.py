"""Measurements and events by the thousand: checked in slices, column by column, and copied into their tables."""
