"""IAM documents."""

import json

from infra.policies import arn_in_region, function_policy


def test_a_replicas_arn_differs_only_in_its_region() -> None:
    home = "arn:aws-cn:dynamodb:cn-north-1:123456789012:table/items:x"

    assert arn_in_region(home, "cn-northwest-1") == (
        "arn:aws-cn:dynamodb:cn-northwest-1:123456789012:table/items:x"
    )


def test_the_control_table_can_only_be_read() -> None:
    actions = ["dynamodb:GetItem", "dynamodb:PutItem"]
    document = function_policy(
        table_actions={"t": actions}, control_table_arn="c", log_group_arn="l"
    )

    by_resource = {s["Resource"]: s["Action"] for s in json.loads(document)["Statement"]}
    assert by_resource["c"] == ["dynamodb:GetItem"]
    assert by_resource["t"] == actions
