"""The call by which Lambda makes the log group of a function that writes for the first time.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
"""

import json

from twin.moto.calls.aws_call import AwsCall, call_between_services


def create_group_call(region: str, group: str) -> AwsCall:
    """The call of CloudWatch Logs, as Lambda makes it."""
    headers = {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "Logs_20140328.CreateLogGroup",
    }
    body = json.dumps({"logGroupName": group}).encode()
    return call_between_services("lambda", "logs", region, headers, body)
