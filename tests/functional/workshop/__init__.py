"""Tests of the terminal that takes the workshop's steps."""
