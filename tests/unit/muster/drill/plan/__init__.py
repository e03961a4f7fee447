"""Tests of muster.drill.plan.model."""
