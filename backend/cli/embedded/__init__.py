"""PostgreSQL and Valkey from Python wheels, for development and tests."""
