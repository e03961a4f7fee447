"""The plan of a drill: frozen steps, made before the first one is taken."""
