"""Tests of twin/provider/resources/lb."""
