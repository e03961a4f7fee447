"""Tests of twin/provider/protocol."""
