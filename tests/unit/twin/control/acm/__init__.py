"""Tests of Certificate Manager."""
