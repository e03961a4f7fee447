"""The twin: the AWS services of a multi-Region deployment, on one Linux machine."""
