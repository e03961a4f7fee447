"""The shapes of the API's requests, and the checks that precede any look at a table."""
