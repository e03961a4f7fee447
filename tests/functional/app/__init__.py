"""The function's parts over real sockets."""
