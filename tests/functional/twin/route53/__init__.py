"""Tests of route53 as a process, with real sockets."""
