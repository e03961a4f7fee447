"""Tests of tools.rollout."""
