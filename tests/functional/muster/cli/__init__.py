"""Tests of muster.cli with sockets."""
