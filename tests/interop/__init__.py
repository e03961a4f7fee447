"""Other people's programs against a twin; `make interop` runs these tests, `make test` does not."""
