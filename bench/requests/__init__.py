"""A warm GET: each path to the function, each route of it, and their floors."""
