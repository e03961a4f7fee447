"""The events that invoke the function, a module for each dialect of HTTP events."""
