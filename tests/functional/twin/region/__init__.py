"""One Region's process, with real sockets and real execution environments."""
