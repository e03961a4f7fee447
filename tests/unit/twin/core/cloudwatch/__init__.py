"""Tests of twin/core/cloudwatch."""
