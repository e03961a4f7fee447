"""Tests of infra/configuration."""
