"""Tests of twin/moto/patches."""
