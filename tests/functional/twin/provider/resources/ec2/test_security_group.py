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


def test_a_default_group_is_adopted_loses_its_rules_and_stays(driver: Driver) -> None:
    """https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html"""
    vpc = driver.create("aws:ec2/vpc:Vpc", "adopted-net", {"cidrBlock": "10.0.0.0/16"})
    args = {"vpcId": vpc.id, "ingress": [], "egress": [], "tags": {"a": "b"}}

    group = check_lifecycle(
        driver, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "adopted", args, {}
    )

    assert group.outputs["name"] == "default"
    assert (group.outputs["ingress"], group.outputs["egress"]) == ([], [])
    refreshed = driver.refresh(group)
    assert refreshed is not None
    assert refreshed.outputs["ingress"] == refreshed.outputs["egress"] == []
    assert refreshed.outputs["tagsAll"] == {"a": "b"}
    driver.delete(group)
    assert driver.refresh(group) is not None
    check_deletion(driver, vpc)


def test_a_rule_that_was_given_to_a_default_group_by_hand_is_taken_again(driver: Driver) -> None:
    """https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html"""
    vpc = driver.create("aws:ec2/vpc:Vpc", "drifted-net", {"cidrBlock": "10.0.0.0/16"})
    token, args = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", {"vpcId": vpc.id}
    open_rule = {"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": ["0.0.0.0/0"]}
    group = driver.create(token, "drifted", {**args, "ingress": [open_rule], "egress": []})
    assert group.outputs["ingress"] == [open_rule]

    closed = driver.update(group, {**args, "ingress": [], "egress": []})

    refreshed = driver.refresh(closed)
    assert refreshed is not None
    assert refreshed.outputs["ingress"] == []
