"""Decisions of API Gateway's data plane: routing, events, answers, errors. Pure."""
