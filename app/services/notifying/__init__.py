"""What people are told: which notifications are due, in which words, and whether the person allows them."""
