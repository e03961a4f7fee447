"""Tests of the provider with moto, and of the plugin's process."""
