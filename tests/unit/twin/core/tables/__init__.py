"""Tests of twin/core/tables."""
