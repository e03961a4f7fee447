"""Tests on one system with both front doors."""
