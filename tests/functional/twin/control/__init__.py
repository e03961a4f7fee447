"""A real control process, called by boto3."""
