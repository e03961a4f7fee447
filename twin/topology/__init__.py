"""The Topology: its data model, and how processes follow what control publishes."""
