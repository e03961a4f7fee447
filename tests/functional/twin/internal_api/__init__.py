"""Tests of the processes' internal HTTP."""
