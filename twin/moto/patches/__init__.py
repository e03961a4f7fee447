"""Corrections of moto's services; services.py applies them when it loads moto."""
