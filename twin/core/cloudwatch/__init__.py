"""Decisions of CloudWatch: metrics, alarms, log events."""
