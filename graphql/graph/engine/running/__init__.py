"""From a plan to its answer."""
