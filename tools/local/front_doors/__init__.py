"""The first requests through the front doors, and why they fail."""
