"""Route 53's control plane with its process."""
