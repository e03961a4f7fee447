"""Answers of a load balancer, and functions that echo."""

import re

from tests.functional.twin.region.region_process import GROUP_ARN
from twin.topology.model import ListenerAction, WeightedTargetGroup

ECHO = """
import json
def handler(event, context):
    return {"statusCode": 200, "isBase64Encoded": False, "headers": {"Content-Type": "a/b"},
            "body": json.dumps(event)}
"""
FORWARD = ListenerAction(type="forward", target_groups=(WeightedTargetGroup(arn=GROUP_ARN),))


def without_date(head: bytes) -> bytes:
    return re.sub(rb"Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", b"Date: D", head)


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])
