"""Tests of twin/moto/dynamodb."""
