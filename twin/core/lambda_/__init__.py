"""Decisions about Lambda functions and their code."""
