"""Tests of the twin's TLS with sockets and files."""
