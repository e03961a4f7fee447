"""The account over boto3: who calls, its zones, Lambda's limits."""

from tests.functional.twin.control.control_process import FRANKFURT, PARIS, ControlProcess
from tests.functional.twin.control.resources import create_function
from twin.geography import REGIONS
from twin.runtime.instance import ACCOUNT


def test_the_account_has_a_thousand_concurrent_executions(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html"""
    client = shared.client("lambda", PARIS)  # no other test has functions there
    create_function(shared, PARIS, "limited")
    before = client.get_account_settings()

    client.put_function_concurrency(FunctionName="limited", ReservedConcurrentExecutions=150)
    after = client.get_account_settings()
    reserved = client.get_function_concurrency(FunctionName="limited")
    client.delete_function_concurrency(FunctionName="limited")
    none = client.get_function_concurrency(FunctionName="limited")

    assert before["AccountLimit"]["ConcurrentExecutions"] == 1000
    assert before["AccountLimit"]["UnreservedConcurrentExecutions"] == 1000
    assert before["AccountUsage"]["FunctionCount"] == 1
    assert after["AccountLimit"]["UnreservedConcurrentExecutions"] == 850
    assert reserved["ReservedConcurrentExecutions"] == 150
    assert none.get("ReservedConcurrentExecutions") is None


def test_every_region_has_zones_and_one_account(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAvailabilityZones.html."""
    for place in REGIONS:
        zones = shared.client("ec2", place.name).describe_availability_zones()
        names = [zone["ZoneName"] for zone in zones["AvailabilityZones"]]
        assert len(names) >= 2
        assert all(name.startswith(place.name) for name in names)
        identity = shared.client("sts", place.name).get_caller_identity()
        assert identity["Account"] == "123456789012"


def test_credentials_that_nobody_made_are_the_root_users(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"""
    identity = shared.client("sts", FRANKFURT).get_caller_identity()

    assert identity["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"
    assert identity["UserId"] == identity["Account"] == ACCOUNT
