"""Route 53's control plane."""
