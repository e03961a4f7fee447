"""Route 53's control plane: hosted zones, records, health checks, traffic policies."""
