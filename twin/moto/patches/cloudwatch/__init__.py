"""Corrections of moto's CloudWatch."""
