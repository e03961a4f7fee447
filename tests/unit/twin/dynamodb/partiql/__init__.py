"""Tests of PartiQL."""
