"""What Global Accelerator leaves behind."""

from typing import Any


def delete_accelerator_group(ec2: Any) -> None:  # noqa: ANN401 - boto3's clients have no types
    """Delete the group that Global Accelerator leaves in a VPC, as no provider does.

    https://www.pulumi.com/registry/packages/aws/api-docs/globalaccelerator/endpointgroup/
    """
    by_name = [{"Name": "group-name", "Values": ["GlobalAccelerator"]}]
    for group in ec2.describe_security_groups(Filters=by_name)["SecurityGroups"]:
        ec2.delete_security_group(GroupId=group["GroupId"])
