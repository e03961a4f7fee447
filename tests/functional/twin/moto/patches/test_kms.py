"""KMS over boto3: AWS's own keys."""

from tests.functional.twin.aws_errors import expect_aws_error
from tests.functional.twin.control.control_process import FRANKFURT, ControlProcess


def test_awss_own_key_of_a_service_is_there(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-key"""
    kms = shared.client("kms", FRANKFURT)

    key = kms.describe_key(KeyId="alias/aws/dynamodb")["KeyMetadata"]
    aliases = kms.list_aliases()["Aliases"]

    assert key["KeyManager"] == "AWS"
    assert key["Arn"].endswith(f":key/{key['KeyId']}")
    assert key["KeyId"] in [
        alias["TargetKeyId"] for alias in aliases if alias["AliasName"] == "alias/aws/dynamodb"
    ]
    assert kms.describe_key(KeyId=key["Arn"])["KeyMetadata"] == key


def test_another_key_is_not_found_and_none_can_be_made(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html"""
    kms = shared.client("kms", FRANKFURT)

    expect_aws_error("NotFoundException", kms.describe_key, KeyId="alias/mine")
    expect_aws_error("NotImplemented", kms.create_key)
