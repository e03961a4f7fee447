"""The clients' side of DNS: a caching resolver and a SOCKS entrance in each city."""
