"""What the function may do, and who may be the function: IAM documents as values.

Each statement has exact actions on exact resources. The control table may only be read, so that no
public request can switch a Region off.
"""

import json

VERSION = "2012-10-17"
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html"""

LAMBDA_ASSUMES = json.dumps(
    {
        "Version": VERSION,
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": "lambda.amazonaws.com"},
            }
        ],
    }
)
"""Who may take the role."""


def function(*, table_arn: str, control_table_arn: str, log_group_arn: str) -> str:
    """What the function of one Region may do."""
    statements = [
        _allow(["dynamodb:GetItem", "dynamodb:PutItem"], table_arn),
        _allow(["dynamodb:GetItem"], control_table_arn),
        # Streams of the function's own group; the group itself is made by the program.
        _allow(["logs:CreateLogStream", "logs:PutLogEvents"], f"{log_group_arn}:*"),
    ]
    return json.dumps({"Version": VERSION, "Statement": statements})


def in_region(table_arn: str, region: str) -> str:
    """The ARN of a table's replica: the same but for the Region."""
    arn, partition, service, _, rest = table_arn.split(":", 4)
    return ":".join((arn, partition, service, region, rest))


def _allow(actions: list[str], resource: str) -> dict[str, object]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource}
