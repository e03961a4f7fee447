"""A counter of hits for each client's address, exact however the Regions are cut apart."""
