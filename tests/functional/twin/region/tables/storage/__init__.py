"""Tests of twin/region/tables/storage."""
