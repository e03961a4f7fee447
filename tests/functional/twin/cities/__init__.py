"""Tests of cities as a process, with real sockets."""
