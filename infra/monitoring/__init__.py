"""What tells people about the system: alarms, a dashboard, a budget."""
