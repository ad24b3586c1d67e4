"""Reports: when they are made, what is in them, in what form they are delivered, and how far each one is."""
