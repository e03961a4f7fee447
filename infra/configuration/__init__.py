"""The stack's configuration: read, checked, and turned into settings."""
