"""Tests of common/command."""
