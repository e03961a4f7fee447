"""How Route 53's health checks are judged, without sockets, clocks or randomness of their own."""
