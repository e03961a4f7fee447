"""Tests of twin/core/accelerator."""
