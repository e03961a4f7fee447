"""Tests of twin/core/lambda_."""
