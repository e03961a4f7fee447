"""Decisions of a load balancer."""
