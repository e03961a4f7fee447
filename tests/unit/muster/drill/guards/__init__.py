"""Tests of muster.drill.guards."""
