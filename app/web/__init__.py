"""The pages of the service: their files, and site.py, which serves them."""
