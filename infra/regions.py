"""The AWS Regions that the program knows, each with a number that fixes its addresses.

Only ever append: a changed number is another VPC.
"""

NUMBERS = {
    name: number
    for number, name in enumerate(
        (
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
            "ca-central-1",
            "ca-west-1",
            "mx-central-1",
            "sa-east-1",
            "eu-central-1",
            "eu-central-2",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "eu-north-1",
            "eu-south-1",
            "eu-south-2",
            "il-central-1",
            "me-central-1",
            "me-south-1",
            "af-south-1",
            "ap-south-1",
            "ap-south-2",
            "ap-southeast-1",
            "ap-southeast-2",
            "ap-southeast-3",
            "ap-southeast-4",
            "ap-southeast-5",
            "ap-southeast-7",
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-east-1",
            "ap-east-2",
        ),
        start=1,
    )
}


def vpc_cidr(region: str) -> str:
    """The Region's own network, 10.N.0.0/16: no two overlap, should they ever be joined."""
    return f"10.{NUMBERS[region]}.0.0/16"


def subnet_cidr(region: str, index: int) -> str:
    """Subnet `index` (0 and up) of the Region's network; a load balancer needs a /27 at least."""
    return f"10.{NUMBERS[region]}.{index}.0/24"
