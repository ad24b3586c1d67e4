"""The process: settings, database, services, HTTP, command line."""
