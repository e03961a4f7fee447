"""Tests of twin/core/http."""
