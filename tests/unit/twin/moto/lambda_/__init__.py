"""Tests of twin/moto/lambda_."""
