"""The stand-in provider: over gRPC, against moto, and under the real Pulumi engine."""
