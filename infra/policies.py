"""IAM policies of the function and of FIS experiments, as JSON documents.

Each statement has exact actions, and exact resources where the action supports them. The function
may only read the control table, so that no public request can switch a Region off.
"""

import json
from collections.abc import Mapping

VERSION = "2012-10-17"
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html"""


def _assume_role_policy(service: str, condition: Mapping[str, object] | None = None) -> str:
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": service},
        **({"Condition": condition} if condition else {}),
    }
    return json.dumps({"Version": VERSION, "Statement": [statement]})


LAMBDA_ASSUMES = _assume_role_policy("lambda.amazonaws.com")
"""Trust policy of the function's role."""


def fis_trust_policy(table_arn: str, region: str) -> str:
    """Trust policy of the experiments' role: only experiments of this account and Region.

    https://docs.aws.amazon.com/fis/latest/userguide/getting-started-iam-service-role.html
    """
    _, partition, _, _, account, _ = table_arn.split(":", 5)
    experiments = f"arn:{partition}:fis:{region}:{account}:experiment/*"
    condition = {
        "StringEquals": {"aws:SourceAccount": account},
        "ArnLike": {"aws:SourceArn": experiments},
    }
    return _assume_role_policy("fis.amazonaws.com", condition)


def function_policy(
    *,
    table_actions: Mapping[str, list[str]],
    control_table_arn: str,
    log_group_arn: str,
    key_arn: str | None = None,
) -> str:
    """Permissions of one Region's function.

    `table_actions`: by the ARN of a service's table; `key_arn`: the KMS key of the tables.
    """
    statements = [
        *(_allow(actions, arn) for arn, actions in table_actions.items()),
        _allow(["dynamodb:GetItem"], control_table_arn),
        # Streams of the function's log group; the program itself creates the group.
        _allow(["logs:CreateLogStream", "logs:PutLogEvents"], f"{log_group_arn}:*"),
        *([_use_key_by_tables(key_arn)] if key_arn else []),
    ]
    return json.dumps({"Version": VERSION, "Statement": statements})


def _use_key_by_tables(key_arn: str) -> dict[str, object]:
    """The key of the tables, for calls that DynamoDB makes in the caller's name.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
    """
    region = key_arn.split(":")[3]
    actions = ["Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey*", "ReEncrypt*"]
    return {
        **_allow([f"kms:{action}" for action in actions], key_arn),
        "Condition": {"StringEquals": {"kms:ViaService": f"dynamodb.{region}.amazonaws.com"}},
    }


def replication_pause_policy(table_arns: list[str]) -> str:
    """Permissions of an experiment that pauses the replication of one Region's tables.

    FIS pauses by a statement in the resource policies of the table and of its stream:
    https://docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html
    """
    # A stream's name is its creation time, which is not known beforehand.
    resources = [resource for arn in table_arns for resource in (arn, f"{arn}/stream/*")]
    actions = [
        "dynamodb:DescribeTable",
        "dynamodb:GetResourcePolicy",
        "dynamodb:PutResourcePolicy",
        "dynamodb:DeleteResourcePolicy",
    ]
    # FIS looks up targets by tag; this action supports no resources:
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonresourcegrouptaggingapi.html
    statements = [_allow(actions, resources), _allow(["tag:GetResources"], "*")]
    return json.dumps({"Version": VERSION, "Statement": statements})


def arn_in_region(table_arn: str, region: str) -> str:
    """The ARN of a table's replica, which differs only in the Region."""
    arn, partition, service, _, rest = table_arn.split(":", 4)
    return ":".join((arn, partition, service, region, rest))


def _allow(actions: list[str], resource: str | list[str]) -> dict[str, object]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource}
