"""Tests of the films and of their player."""
