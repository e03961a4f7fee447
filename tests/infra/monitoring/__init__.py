"""The alarms, the dashboard and the budget in the resource graph."""
