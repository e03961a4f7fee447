"""Tests of Route 53's process, without its sockets."""
