"""The only package that imports moto, for control."""

import os

# moto reads these when it is imported, so they are set before any module of this package is.
os.environ |= {
    # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    "MOTO_LAMBDA_CONCURRENCY_QUOTA": "1000",
    "MOTO_DISABLE_GLOBAL_CORS": "true",
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",  # the twin has no instances
}
