"""Tests of twin/moto/calls."""
