"""Web pages in Chromium: the service's own, and others' that try to reach a twin."""
