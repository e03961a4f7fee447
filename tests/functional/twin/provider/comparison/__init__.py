"""The stand-in beside the real provider: the calls that both make for the same resources."""
