"""IAM over boto3: roles, and users on their way out."""

from tests.functional.twin.aws_errors import expect_aws_error
from tests.functional.twin.control.control_process import ControlProcess


def test_an_update_of_a_role_keeps_its_description(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html"""
    iam = shared.client("iam", "us-east-1")
    iam.create_role(
        RoleName="described",
        AssumeRolePolicyDocument='{"Version": "2012-10-17"}',
        Description="What it is for",
    )

    iam.update_role(RoleName="described", MaxSessionDuration=7200)
    kept = iam.get_role(RoleName="described")["Role"]
    iam.update_role(RoleName="described", Description="")
    removed = iam.get_role(RoleName="described")["Role"]

    assert (kept["Description"], kept["MaxSessionDuration"]) == ("What it is for", 7200)
    assert (removed.get("Description", ""), removed["MaxSessionDuration"]) == ("", 3600)


def test_a_user_has_no_credentials_that_the_twin_cannot_make(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServiceSpecificCredentials.html"""
    iam = shared.client("iam", "us-east-1")
    iam.create_user(UserName="leaving")

    specific = iam.list_service_specific_credentials(UserName="leaving")

    assert specific["ServiceSpecificCredentials"] == []
    assert iam.list_ssh_public_keys(UserName="leaving")["SSHPublicKeys"] == []
    assert iam.list_signing_certificates(UserName="leaving")["Certificates"] == []
    assert iam.list_mfa_devices(UserName="leaving")["MFADevices"] == []
    expect_aws_error("NoSuchEntity", iam.delete_login_profile, UserName="leaving")
    expect_aws_error("NoSuchEntity", iam.list_service_specific_credentials, UserName="nobody")
