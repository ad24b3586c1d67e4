"""Everything GraphQL: the engine, the rules of access and one module per domain."""
