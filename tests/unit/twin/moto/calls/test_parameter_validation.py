"""Parameters against botocore's models, in AWS's words."""

import botocore.session
import pytest

from twin.moto.calls.parameter_validation import describe_violations, find_violations


def violations(service: str, operation: str, parameters: dict[str, object]) -> list[str]:
    model = botocore.session.get_session().get_service_model(service)
    return list(find_violations(model.operation_model(operation).input_shape, parameters))


def test_a_valid_request_has_no_violations() -> None:
    given = {
        "LoadBalancerArn": "arn",
        "Port": 65535,
        "Protocol": "HTTP",
        "DefaultActions": [{"Type": "forward", "TargetGroupArn": "arn"}],
    }

    assert violations("elbv2", "CreateListener", given) == []


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"Port": 65536}, "Value '65536' at 'port' failed to satisfy constraint: Member must have"),
        ({"Port": 0}, "Member must have value greater than or equal to 1"),
        (
            {"Port": "80"},
            "Value '80' at 'port' failed to satisfy constraint: Member must be of type",
        ),
        ({"Port": True}, "Member must be of type integer"),
        ({"DefaultActions": None}, "Value null at 'defaultActions' failed to satisfy constraint"),
        ({"DefaultActions": [{"Type": "x"}]}, "at 'defaultActions.1.member.type' failed"),
        ({"Tags": [{"Key": ""}]}, "at 'tags.1.member.key' failed to satisfy constraint"),
        (
            {"Tags": [None]},
            "Value null at 'tags.1.member' failed to satisfy constraint: Member must not be null",
        ),
    ],
)
def test_each_violation_is_a_sentence_with_value_and_place(
    changed: dict[str, object], sentence: str
) -> None:
    given = {"LoadBalancerArn": "a", "DefaultActions": [{"Type": "forward"}], **changed}

    (found,) = violations("elbv2", "CreateListener", given)

    assert sentence in found


def test_a_map_has_no_null_either() -> None:
    given: dict[str, object] = {"Name": "n", "ProtocolType": "HTTP", "Tags": {"a": None}}

    (found,) = violations("apigatewayv2", "CreateApi", given)

    assert "Value null at 'tags.a.member'" in found


def test_patterns_and_lengths_are_checked() -> None:
    found = violations(
        "iam", "CreateRole", {"RoleName": "a b" * 30, "AssumeRolePolicyDocument": "{}"}
    )

    assert len(found) == 2
    assert "length less than or equal to 64" in found[0]
    assert "regular expression pattern" in found[1]


def test_a_pattern_with_javas_unicode_classes_is_checked_too() -> None:
    fine = {"ResourceArns": ["arn"], "Tags": [{"Key": "Größe/1 @x", "Value": ""}]}
    wrong = {"ResourceArns": ["arn"], "Tags": [{"Key": "a;b"}]}

    assert violations("elbv2", "AddTags", fine) == []
    assert len(violations("elbv2", "AddTags", wrong)) == 1


def test_a_long_value_is_shortened() -> None:
    (found,) = violations("sts", "GetAccessKeyInfo", {"AccessKeyId": "A" * 1000})

    assert len(found) < 400


def test_the_message_counts_the_violations() -> None:
    assert describe_violations(["a"]) == "1 validation error detected: a"
    assert describe_violations(["a", "b"]) == "2 validation errors detected: a; b"


def test_limits_in_names_of_shapes_hold_too() -> None:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html"""
    found = violations("apigatewayv2", "CreateApi", {"Name": "", "ProtocolType": "HTTP"})

    assert found == [
        "Value '' at 'name' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1"
    ]
