"""Tests of tools/local/front_doors."""
