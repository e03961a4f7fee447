"""Enforcement of IAM: who signed a call, what it does to which resources, and what policies say."""
