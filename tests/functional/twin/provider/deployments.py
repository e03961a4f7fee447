"""What the resources of a test need: a network, a function's arguments, a table's."""

import json

from tests.functional.twin.provider.driver import Driver
from twin.provider.values import Archive, Asset, Properties

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "lambda.amazonaws.com"},
        }
    ],
}


def function_code(text: str) -> Archive:
    return Archive(hash=str(hash(text)), assets={"main.py": Asset(text=text, hash=text)})


class Network:
    """A VPC with two subnets and a security group."""

    def __init__(self, driver: Driver, name: str) -> None:
        self.driver = driver
        self.vpc = driver.create("aws:ec2/vpc:Vpc", name, {"cidrBlock": "10.0.0.0/16"})
        self.subnets = [
            driver.create(
                "aws:ec2/subnet:Subnet",
                f"{name}-{zone}",
                {
                    "vpcId": self.vpc.id,
                    "cidrBlock": f"10.0.{i}.0/24",
                    "availabilityZone": f"eu-central-1{zone}",
                },
            )
            for i, zone in enumerate("ab")
        ]
        self.group = driver.create(
            "aws:ec2/securityGroup:SecurityGroup", name, {"vpcId": self.vpc.id}
        )

    def load_balancer(self, name: str) -> Properties:
        return {
            "internal": True,
            "subnets": [subnet.id for subnet in self.subnets],
            "securityGroups": [self.group.id],
            "name": name,
        }


class Function:
    """The arguments of a function, and its role in AWS."""

    def __init__(self, driver: Driver, name: str) -> None:
        self.role = driver.create(
            "aws:iam/role:Role", f"{name}-role", {"assumeRolePolicy": json.dumps(TRUST)}
        )
        self.args: Properties = {
            "name": name,
            "role": self.role.outputs["arn"],
            "handler": "main.handler",
            "runtime": "python3.13",
            "architectures": ["arm64"],
            "code": function_code("def handler(event, context): return 1"),
            "publish": True,
            "timeout": 4,
            "environment": {"variables": {"A": "1"}},
        }


TABLE: Properties = {
    "hashKey": "item_id",
    "attributes": [{"name": "item_id", "type": "S"}],
    "billingMode": "PAY_PER_REQUEST",
}
