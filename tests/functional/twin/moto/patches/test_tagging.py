"""The Resource Groups Tagging API over boto3."""

from tests.functional.twin.aws_errors import expect_aws_error
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


def test_what_is_not_tagged_here_is_told_with_the_docs(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_FailureInfo.html"""
    tagging = shared.client("resourcegroupstaggingapi", PARIS)
    table = f"arn:aws:dynamodb:{PARIS}:123456789012:table/some"

    tagged = tagging.tag_resources(ResourceARNList=[table], Tags={"a": "b"})
    untagged = tagging.untag_resources(ResourceARNList=[table], TagKeys=["a"])

    for answer in (tagged, untagged):
        failure = answer["FailedResourcesMap"][table]
        assert failure["ErrorCode"] == "InvalidParameterException"
        assert "docs/services.md" in failure["ErrorMessage"]


def test_a_list_of_pages_that_nobody_reads_on_leaves_nothing_behind(
    shared: ControlProcess,
) -> None:
    """https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html

    The token of a page is answered twice, as a repeated call of an SDK needs.
    """
    ec2, tagging = shared.client("ec2", PARIS), shared.client("resourcegroupstaggingapi", PARIS)
    made = []
    for _ in range(3):
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        ec2.create_tags(Resources=[vpc], Tags=[{"Key": "paged", "Value": "yes"}])
        made.append(vpc)
    filters = [{"Key": "paged", "Values": ["yes"]}]

    def list_page(token: str = "") -> tuple[list[str], str]:
        page = tagging.get_resources(
            TagFilters=filters, ResourcesPerPage=1, **({"PaginationToken": token} if token else {})
        )
        arns = [each["ResourceARN"] for each in page["ResourceTagMappingList"]]
        return [arn.rpartition("/")[2] for arn in arns], page.get("PaginationToken") or ""

    first, token = list_page()
    second, last = list_page(token)

    assert list_page(token) == (second, last)
    assert [*first, *second, *list_page(last)[0]] == made
    assert list_page(last)[1] == ""
    expect_aws_error(
        "PaginationTokenExpiredException", tagging.get_resources, PaginationToken="none"
    )
