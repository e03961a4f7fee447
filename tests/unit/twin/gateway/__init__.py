"""The gateway's decisions."""
