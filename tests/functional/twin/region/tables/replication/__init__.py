"""Tests of twin/region/tables/replication."""
