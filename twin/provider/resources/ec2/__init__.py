"""EC2: networks, route tables, security groups."""
