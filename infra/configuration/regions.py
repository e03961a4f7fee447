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


def zone_subnet_cidr(zone: str) -> str:
    """Subnet of a configured zone: its own, so that another zone's subnet can be made beside it.

    10.N.10.0/24 for the zone a, and so on: apart from those of subnet_cidr().
    """
    region, letter = zone[:-1], zone[-1]
    return f"10.{REGION_NUMBERS[region]}.{10 + ord(letter) - ord('a')}.0/24"


WITHOUT_ACCELERATOR = frozenset({"mx-central-1", "ap-southeast-7", "ap-east-2"})
"""Known Regions in which Global Accelerator has no endpoints, as of 2026:
https://docs.aws.amazon.com/global-accelerator/latest/dg/preserve-client-ip-address.regions.html"""
ZONE_IDS_WITHOUT_ACCELERATOR = {
    "us-west-1": ("usw1-az2",),
    "ap-northeast-1": ("apne1-az3",),
    "ca-central-1": ("cac1-az3",),
}
"""Zones that it lacks, on the same page. Each account has names of its own for them:
https://docs.aws.amazon.com/ram/latest/userguide/working-with-az-ids.html"""
