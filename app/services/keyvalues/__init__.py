"""A key/value store that tells the Region of each write and each read."""
