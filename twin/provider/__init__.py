"""A stand-in for the pulumi-aws plugin, which the real Pulumi engine starts and calls."""
