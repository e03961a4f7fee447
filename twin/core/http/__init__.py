"""HTTP and JSON as all services read and write them."""
