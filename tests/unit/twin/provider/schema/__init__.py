"""Tests of twin/provider/schema."""
