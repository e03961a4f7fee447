"""One Region's data planes: load balancers, functions, tables, replication."""
