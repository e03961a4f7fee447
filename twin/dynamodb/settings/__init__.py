"""Tables as resources: their definition, their settings, and the operations on both."""
