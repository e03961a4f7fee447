"""The Resource Groups Tagging API over boto3."""

from tests.functional.twin.control.control_process import PARIS, ControlProcess


def test_each_key_and_each_value_is_listed_once(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetTagKeys.html."""
    ec2, tagging = shared.client("ec2", PARIS), shared.client("resourcegroupstaggingapi", PARIS)
    for color in ("red", "blue", "red"):
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        ec2.create_tags(Resources=[vpc], Tags=[{"Key": "color-of-vpc", "Value": color}])

    keys = tagging.get_tag_keys()["TagKeys"]
    values = tagging.get_tag_values(Key="color-of-vpc")["TagValues"]

    assert keys.count("color-of-vpc") == 1
    assert sorted(values) == ["blue", "red"]
