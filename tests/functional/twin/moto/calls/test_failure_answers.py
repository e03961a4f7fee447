"""A call on which moto fails is answered as the caller's mistake, with AWS's code where known."""

import re

import pytest
from moto.ec2.exceptions import FilterNotImplementedError

from tests.unit.twin.control.journal.test_journaled_services import signed
from twin.moto.calls.aws_call import AwsResponse
from twin.moto.calls.failure_answers import answer_failure

FRANKFURT = "eu-central-1"


def failed(service: str, operation: str, failure: Exception) -> AwsResponse:
    return answer_failure(signed("POST", "/", FRANKFURT, service, f"Action={operation}"), failure)


def code_and_message(response: AwsResponse) -> tuple[str, str]:
    found = re.search(r"<Code>(.*)</Code><Message>(.*)</Message>", response.body.decode())
    assert found is not None, response
    return found[1], found[2]


@pytest.mark.parametrize(
    ("service", "operation", "failure", "status", "code"),
    [
        (
            "ec2",
            "DeleteNetworkAclEntry",
            StopIteration(),
            400,
            "InvalidNetworkAclEntry.NotFound",
        ),
        (
            "ec2",
            "ReplaceNetworkAclAssociation",
            StopIteration(),
            400,
            "InvalidAssociationID.NotFound",
        ),
        ("iam", "RemoveRoleFromInstanceProfile", ValueError("x"), 404, "NoSuchEntity"),
        ("iam", "ListRoles", ValueError("invalid literal"), 400, "ValidationError"),
        ("ec2", "ModifySecurityGroupRules", KeyError("a"), 400, "InvalidParameterValue"),
        ("elasticloadbalancing", "SetRulePriorities", KeyError("a"), 400, "ValidationError"),
    ],
)
def test_a_mistake_has_the_services_code(
    service: str, operation: str, failure: Exception, status: int, code: str
) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html."""
    response = failed(service, operation, failure)

    assert response.status == status
    assert code_and_message(response)[0] == code


def test_an_unexpected_failure_names_the_operation_and_its_cause() -> None:
    message = code_and_message(failed("ec2", "CreateTags", KeyError("Key")))[1]

    assert "ec2 CreateTags (eu-central-1)" in message
    assert "KeyError: 'Key'" in message


def test_a_filter_that_moto_lacks_is_invalid() -> None:
    failure = FilterNotImplementedError("colour", "DescribeVpcs")

    code, message = code_and_message(failed("ec2", "DescribeVpcs", failure))

    assert (code, message) == (
        "InvalidParameterValue",
        "The filter 'colour' for DescribeVpcs is invalid.",
    )


def test_what_moto_does_not_have_is_not_supported() -> None:
    response = failed("ec2", "CreateVpc", NotImplementedError("IPAM"))

    assert response.status == 501
    assert code_and_message(response)[0] == "NotImplemented"
