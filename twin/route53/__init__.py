"""Route 53's data plane: authoritative name servers and health checkers."""
