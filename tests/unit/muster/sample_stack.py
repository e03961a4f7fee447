"""A stack of two Regions for tests: its outputs as a document and as a value."""

import json
from typing import Any

from muster.model import Stack
from muster.stack_outputs import parse_outputs

ACCOUNT = "123456789012"
FRANKFURT, OREGON = "eu-central-1", "us-west-2"
REGIONS = (FRANKFURT, OREGON)
ACCELERATOR = f"arn:aws:globalaccelerator::{ACCOUNT}:accelerator/6178-abad"
LISTENER = f"{ACCELERATOR}/listener/b4bd"
CONTROL_TABLE = "muster-test-control"
FUNCTION = "muster-test"


def group_arn(region: str) -> str:
    """A Region's endpoint group."""
    return f"{LISTENER}/endpoint-group/{region}"


def alb_arn(region: str) -> str:
    """A Region's load balancer."""
    return f"arn:aws:elasticloadbalancing:{region}:{ACCOUNT}:loadbalancer/app/muster-test/86df"


def make_outputs(**changes: object) -> dict[str, Any]:
    """What `pulumi stack output --json` says of a stack on AWS, with some of it changed."""
    document = {
        "static_ips": ["192.0.2.10", "198.51.100.20"],
        "accelerator_dns": "a1.awsglobalaccelerator.com",
        "accelerator_arn": ACCELERATOR,
        "url": "http://192.0.2.10",
        "regions": {region: make_region_outputs(region) for region in REGIONS},
        "table": "muster-test-items",
        "control_table": CONTROL_TABLE,
        "home_region": FRANKFURT,
    }
    return {**document, **changes}


def make_region_outputs(region: str) -> dict[str, Any]:
    """One Region's part."""
    return {
        "alb_dns": f"muster.{region}.elb.amazonaws.com",
        "alb_arn": alb_arn(region),
        "endpoint_group_arn": group_arn(region),
        "target_group_arn": (
            f"arn:aws:elasticloadbalancing:{region}:{ACCOUNT}:targetgroup/muster-test/6894"
        ),
        "function_name": FUNCTION,
        "declared_dial": 100,
    }


def make_stack(**changes: object) -> Stack:
    """The same as a value."""
    return parse_outputs(json.dumps(make_outputs(**changes)), "outputs.json")


LOOPBACK = {"static_ips": ["127.75.2.106", "127.99.19.244"], "url": "http://127.75.2.106"}
"""Changes that make it a twin's."""
ENDPOINT = "http://127.0.0.1:4599"
