"""Facts about AWS that more than one part relies on."""

GLOBAL_ACCELERATOR_REGION = "us-west-2"
"""The one Region of Global Accelerator's API and metrics, wherever the endpoints are:
https://docs.aws.amazon.com/general/latest/gr/global_accelerator.html
https://docs.aws.amazon.com/global-accelerator/latest/dg/cloudwatch-monitoring.html"""
US_EAST_1 = "us-east-1"
"""The control planes of most global services, Route 53's among them, are here:
https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/global-services.html"""
CONDITIONAL_CHECK_FAILED = "ConditionalCheckFailedException"
"""Error code of DynamoDB for a write whose condition did not hold.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html"""
ENDPOINT_GROUPS_TRIED = 3
"""How many endpoint groups Global Accelerator tries before it fails open. The guide's failover page
says "the three closest endpoint groups", its example "three additional" ones, and AWS's knowledge
centre "up to two additional" ones, which is three in all:
https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.unhealthy-endpoints.html
https://repost.aws/knowledge-center/global-accelerator-failover-different-region
Here it is three in all, the chosen one included."""

_GLOBAL_SERVICES = frozenset({"iam", "route53"})


def control_plane_region(service: str, region: str) -> str:
    """The Region that has a service's control plane, of the Region that a call is signed for.

    Where an own endpoint is set, SDKs sign calls to global services for `aws-global` or for the
    client's Region; these control planes are in us-east-1 all the same:
    https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/global-services.html
    """
    pseudo = region == "aws-global" and service == "sts"
    return US_EAST_1 if pseudo or service in _GLOBAL_SERVICES else region
