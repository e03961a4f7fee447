"""Long random tests; `make soak` runs them, and `make test` runs each of them for a short time."""
