"""What is measured, and against what. Run all with `make bench`."""
