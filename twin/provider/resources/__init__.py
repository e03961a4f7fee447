"""The resource types, one file a service. A new type is a new declaration in one of these."""
