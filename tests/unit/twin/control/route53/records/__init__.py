"""Route 53's records: what a batch of changes may do, and how the API shows them."""
