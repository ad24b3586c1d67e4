"""From a selection to a plan, which holds every decision."""
