"""The processes of a twin: where it lives, which roles it has, starting and stopping them."""
