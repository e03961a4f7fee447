"""The Pulumi provider protocol: gRPC requests, property values on the wire."""
