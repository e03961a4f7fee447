"""The edge's bookkeeping, without sockets."""
