"""Corrections of moto's Elastic Load Balancing."""
