"""How Route 53 answers a DNS query, without sockets, clocks or randomness of its own."""
