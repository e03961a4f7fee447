"""CloudWatch behind its API: collects metrics, evaluates alarms."""
