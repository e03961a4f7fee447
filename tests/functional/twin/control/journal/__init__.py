"""Tests of twin/control/journal."""
