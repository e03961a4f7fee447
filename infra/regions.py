"""The known AWS Regions: their network addresses, and their continents.

Only append to the list: a changed number replaces the Region's VPC.
"""

REGION_NUMBERS = {
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


_CONTINENTS = {
    "us": "NA",
    "ca": "NA",
    "mx": "NA",
    "sa": "SA",
    "eu": "EU",
    "il": "AS",
    "me": "AS",
    "af": "AF",
    "ap": "AS",
}
"""By the first part of a Region's name."""
_AUSTRALIA = ("ap-southeast-2", "ap-southeast-4")


def continent(region: str) -> str:
    """Code of the continent, as Route 53 has it; empty for an unknown Region.

    https://docs.aws.amazon.com/Route53/latest/APIReference/API_GeoLocation.html
    """
    return "OC" if region in _AUSTRALIA else _CONTINENTS.get(region.partition("-")[0], "")


def vpc_cidr(region: str) -> str:
    """The Region's network, 10.N.0.0/16; no two overlap, so that they can be peered."""
    return f"10.{REGION_NUMBERS[region]}.0.0/16"


def subnet_cidr(region: str, index: int) -> str:
    """Subnet `index`, from 0; a load balancer needs at least a /27."""
    return f"10.{REGION_NUMBERS[region]}.{index}.0/24"
