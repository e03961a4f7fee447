"""Tests of twin/moto/patches/cloudwatch."""
