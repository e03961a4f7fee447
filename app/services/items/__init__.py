"""The service `items`: reads an item, creates an item; the page at `/`."""
