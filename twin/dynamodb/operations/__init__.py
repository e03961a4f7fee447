"""The operations on items: validated, planned, then applied at once."""
