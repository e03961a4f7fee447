"""Application Load Balancers in one Region: listeners, targets and their health checks."""
