"""Lambda's calls before moto gets them."""
