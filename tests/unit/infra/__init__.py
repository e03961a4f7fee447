"""Tests of the program's pure parts."""
