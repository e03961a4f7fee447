"""Corrections of moto's services, one module a service; each has a function that applies them."""
