"""What an operation will cost, known before it runs."""
