"""API Gateway of a Region: its server, its requests, and what it counts."""
