"""A stack of two Regions: its outputs as a document, and as a Stack."""

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
    return f"{LISTENER}/endpoint-group/{region}"


def alb_arn(region: str) -> str:
    return f"arn:aws:elasticloadbalancing:{region}:{ACCOUNT}:loadbalancer/app/muster-test/86df"


def make_outputs(**changes: object) -> dict[str, Any]:
    """The outputs of a stack on AWS, with some changes."""
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
    """The outputs of one Region."""
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
    """The same as a Stack."""
    return parse_outputs(json.dumps(make_outputs(**changes)), "outputs.json")


DOMAIN = "api.example.test"
ZONE = "Z0EXAMPLE"


def make_dns_outputs(policy: str = "weighted", **changes: object) -> dict[str, Any]:
    """The output `dns` of a stack with that door."""
    document = {
        "domain": DOMAIN,
        "url": f"https://{DOMAIN}",
        "https_port": 443,
        "zone_id": ZONE,
        "zone_name": "example.test",
        "name_servers": ["ns-1.awsdns-1.test"],
        "policy": policy,
        "ttl_s": 60,
        "regions": {
            region: {
                "name": f"{region}.{DOMAIN}",
                "health_check_id": f"check-{region}",
                "set_identifier": region,
                "api_id": "a1",
                "regional_domain": f"d-1.execute-api.{region}.amazonaws.com",
            }
            for region in REGIONS
        },
        "traffic_policy_instance_id": None,
    }
    return {**document, **changes}


def make_two_door_stack(policy: str = "weighted") -> Stack:
    """A stack with both doors."""
    return make_stack(dns=make_dns_outputs(policy))


LOOPBACK = {"static_ips": ["127.75.2.106", "127.99.19.244"], "url": "http://127.75.2.106"}
"""Changes for the outputs of a twin."""
ENDPOINT = "http://127.0.0.1:4599"
