"""What there is: entities read from the mapped classes, their values, and what can be said of values."""
