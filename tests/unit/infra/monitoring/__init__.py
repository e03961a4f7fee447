"""Tests of the alarms, the dashboard and the budget."""
