"""Tests of the twin's TLS without sockets."""
