"""The rules of the business, one module per domain: plain functions on a session. They flush and never commit."""
