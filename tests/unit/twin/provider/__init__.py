"""Tests of twin/provider."""
