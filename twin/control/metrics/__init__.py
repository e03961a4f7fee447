"""CloudWatch's work behind its API: metrics are collected, alarms are evaluated."""
