"""Route 53's traffic policies: documents, the records that they make, instances."""
