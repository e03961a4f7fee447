"""Tests of twin/moto/patches/iam."""
