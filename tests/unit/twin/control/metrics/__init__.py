"""Tests of twin.control.metrics."""
