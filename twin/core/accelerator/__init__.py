"""Decisions of Global Accelerator."""
