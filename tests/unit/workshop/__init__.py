"""Tests of how workshop pages are read, and of the pages."""
