"""Tests of the tables of Regions as processes."""
