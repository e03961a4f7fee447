"""TLS of the twin: its certificate authority, and servers that choose certificates by name."""
