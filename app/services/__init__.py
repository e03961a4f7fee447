"""The services of the function, a folder for each; app/registry.py finds them by their names."""
