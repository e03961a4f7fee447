"""Tests of twin/provider/resources."""
