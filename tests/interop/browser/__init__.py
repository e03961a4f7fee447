"""Web pages in a real browser that try to reach a twin."""
