"""What a client sent: its document, its variables, and what it may ask for at all."""
