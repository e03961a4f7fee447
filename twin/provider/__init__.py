"""The stand-in for the pulumi-aws plugin, spoken to by the real Pulumi engine."""
