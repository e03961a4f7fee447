"""What the function and an experiment may do, and who may be them: IAM documents as values.

Each statement has exact actions, on exact resources wherever an action knows any. The control table
may only be read, so that no public request can switch a Region off.
"""

import json

VERSION = "2012-10-17"
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html"""


def _assumed_by(service: str) -> str:
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": service},
    }
    return json.dumps({"Version": VERSION, "Statement": [statement]})


LAMBDA_ASSUMES = _assumed_by("lambda.amazonaws.com")
"""Who may take the function's role."""
FIS_ASSUMES = _assumed_by("fis.amazonaws.com")
"""Who may take the role of experiments."""


def function_policy(*, table_arn: str, control_table_arn: str, log_group_arn: str) -> str:
    """What the function of one Region may do."""
    statements = [
        _allow(["dynamodb:GetItem", "dynamodb:PutItem"], table_arn),
        _allow(["dynamodb:GetItem"], control_table_arn),
        # Streams of the function's own group; the group itself is made by the program.
        _allow(["logs:CreateLogStream", "logs:PutLogEvents"], f"{log_group_arn}:*"),
    ]
    return json.dumps({"Version": VERSION, "Statement": statements})


def replication_pause_policy(table_arns: list[str]) -> str:
    """What an experiment may do that pauses the replication of one Region's tables.

    The pause is a statement in the policies of the table and of its stream:
    https://docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html
    """
    # A stream's name is the time at which it was made, so it can't be written down beforehand.
    resources = [resource for arn in table_arns for resource in (arn, f"{arn}/stream/*")]
    actions = [
        "dynamodb:DescribeTable",
        "dynamodb:GetResourcePolicy",
        "dynamodb:PutResourcePolicy",
        "dynamodb:DeleteResourcePolicy",
    ]
    # Tags, by which FIS can find targets, are read of no one resource:
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonresourcegrouptaggingapi.html
    statements = [_allow(actions, resources), _allow(["tag:GetResources"], "*")]
    return json.dumps({"Version": VERSION, "Statement": statements})


def arn_in_region(table_arn: str, region: str) -> str:
    """The ARN of a table's replica: the same but for the Region."""
    arn, partition, service, _, rest = table_arn.split(":", 4)
    return ":".join((arn, partition, service, region, rest))


def _allow(actions: list[str], resource: str | list[str]) -> dict[str, object]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource}
