"""A Region's tables over real sockets, with boto3, in processes that can be killed."""
