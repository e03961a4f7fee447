"""The one DynamoDB client of an execution environment, made at import and kept.

Its time-outs make a health check honest: everything that a request may wait for ends before the
load balancer's own time-out, so an unreachable table is answered with 503 and not with silence.
botocore itself never tries again, as its pauses between tries are random and up to a second long:
https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""

from typing import cast

import botocore.session
from botocore.config import Config

from app.store import DynamoClient, TimeBudget

CONNECT_SHARE = 0.4
"""Part of one try's time that connecting may take; reading has the rest."""
LONGEST_TRY_S = 1.0


def make_time_budget(total_s: float) -> TimeBudget:
    """Three tries fit: two for the health switch or one of them late, and one for the table."""
    return TimeBudget(total_s=total_s, try_s=min(total_s / 3, LONGEST_TRY_S))


def make_dynamodb_client(region: str, limits: TimeBudget) -> DynamoClient:
    """A client for the Region's tables. Sends nothing."""
    config = Config(
        connect_timeout=limits.try_s * CONNECT_SHARE,
        read_timeout=limits.try_s * (1 - CONNECT_SHARE),
        retries={"mode": "standard", "total_max_attempts": 1},
        tcp_keepalive=True,
        max_pool_connections=1,  # one request at a time
        parameter_validation=False,  # ids are checked before; a tenth of a call's time
        account_id_endpoint_mode="disabled",  # one endpoint a Region: one connection to keep
    )
    session = botocore.session.get_session()
    made = session.create_client("dynamodb", region_name=region, config=config)
    return cast("DynamoClient", made)  # botocore makes its methods at run time
