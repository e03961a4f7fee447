"""Tests of twin/moto/patches/lambda_."""
