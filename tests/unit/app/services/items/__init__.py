"""Tests of the service `items`."""
