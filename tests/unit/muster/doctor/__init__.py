"""Tests of muster.doctor."""
