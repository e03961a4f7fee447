"""Tests of instances and roles."""
