"""Tests of muster.cli.drills with sockets."""
