"""Tests of twin/core/alb."""
