"""Tests of twin/provider/resources/dynamodb."""
