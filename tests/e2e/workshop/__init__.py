"""The exercises of docs/workshop: their pages are what the tests do."""
