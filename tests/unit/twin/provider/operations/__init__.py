"""Tests of twin/provider/operations."""
