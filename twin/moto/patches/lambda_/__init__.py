"""Corrections of moto's Lambda."""
