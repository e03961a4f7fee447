"""Tests of the pages and of what serves them."""
