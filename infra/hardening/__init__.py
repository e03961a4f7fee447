"""Limits of use, plain HTTP refused, and what a stack on AWS watches and encrypts."""
