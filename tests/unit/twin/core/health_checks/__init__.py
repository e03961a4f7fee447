"""Tests of how health checks are judged."""
