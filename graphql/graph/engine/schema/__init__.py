"""From what there is to GraphQL types."""
