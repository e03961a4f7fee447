"""The DynamoDB client of an execution environment, made once at import.

Its time-outs end before the load balancer's own time-out, so that a health check of an unreachable
table is answered with 503 instead of silence. botocore does not retry: its pauses between attempts
are random and up to a second long:
https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""

from typing import cast

import botocore.session
from botocore.config import Config

from app.store import DynamoClient, TimeBudget

CONNECT_SHARE = 0.4
"""Share of an attempt's time for connecting; reading has the rest."""
MAX_ATTEMPT_S = 1.0


def make_time_budget(total_s: float) -> TimeBudget:
    """Three attempts fit: two for the health switch, and one for the table."""
    return TimeBudget(total_s=total_s, attempt_s=min(total_s / 3, MAX_ATTEMPT_S))


def make_dynamodb_client(region: str, limits: TimeBudget) -> DynamoClient:
    """A client for the Region's tables; connects at the first call."""
    config = Config(
        connect_timeout=limits.attempt_s * CONNECT_SHARE,
        read_timeout=limits.attempt_s * (1 - CONNECT_SHARE),
        retries={"mode": "standard", "total_max_attempts": 1},
        tcp_keepalive=True,
        max_pool_connections=1,  # one request at a time
        parameter_validation=False,  # ids are checked already; saves a tenth of a call
        account_id_endpoint_mode="disabled",  # one endpoint in a Region, so one connection
    )
    session = botocore.session.get_session()
    client = session.create_client("dynamodb", region_name=region, config=config)
    return cast("DynamoClient", client)  # botocore makes its methods at run time
