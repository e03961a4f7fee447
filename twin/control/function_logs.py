"""The call by which Lambda makes the log group of a function that writes for the first time.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
"""

import json

from twin.moto.aws_call import AwsCall


def create_group_call(region: str, group: str) -> AwsCall:
    """As Lambda would sign it: what decides is service and Region."""
    credential = f"lambda/20200101/{region}/logs/aws4_request"
    return AwsCall(
        method="POST",
        url="/",
        headers={
            "authorization": f"AWS4-HMAC-SHA256 Credential={credential}, Signature=0",
            "content-type": "application/x-amz-json-1.1",
            "x-amz-target": "Logs_20140328.CreateLogGroup",
        },
        body=json.dumps({"logGroupName": group}).encode(),
    )
