"""What the law asks about people: who they are, what they allow, and what becomes of their data."""
