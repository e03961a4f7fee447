"""Security groups, on moto."""

from tests.functional.twin.provider.driver import Driver
from tests.functional.twin.provider.lifecycle import check_deletion, check_lifecycle


def test_a_security_group_is_what_the_program_says_and_nothing_more(driver: Driver) -> None:
    vpc = driver.create("aws:ec2/vpc:Vpc", "sg-net", {"cidrBlock": "10.0.0.0/16"})
    http = {"protocol": "tcp", "fromPort": 80, "toPort": 80, "cidrBlocks": ["0.0.0.0/0"]}
    group = check_lifecycle(
        driver,
        "aws:ec2/securityGroup:SecurityGroup",
        "group",
        {"vpcId": vpc.id, "ingress": [{**http, "description": "web"}]},
        {"ingress": [http, {**http, "fromPort": 81, "toPort": 81, "self": True}]},
    )

    assert group.outputs["egress"] == []
    assert group.outputs["name"] == "group-" + group.outputs["name"][-7:]
    check_deletion(driver, group, vpc)
