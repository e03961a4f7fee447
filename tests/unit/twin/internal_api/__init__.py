"""The internal API's decisions."""
