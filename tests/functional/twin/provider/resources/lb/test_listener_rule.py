"""Rules of a listener, on moto."""

from tests.functional.twin.provider.deployments import Network
from tests.functional.twin.provider.driver import Driver
from tests.functional.twin.provider.lifecycle import check_deletion, check_lifecycle


def test_a_rule_lives_under_either_name(driver: Driver) -> None:
    network = Network(driver, "rules")
    group = driver.create("aws:alb/targetGroup:TargetGroup", "rules", {"targetType": "lambda"})
    balancer = driver.create(
        "aws:alb/loadBalancer:LoadBalancer", "rules", network.load_balancer("rules")
    )
    forward = [{"type": "forward", "targetGroupArn": group.id}]
    listener = driver.create(
        "aws:alb/listener:Listener",
        "rules",
        {"loadBalancerArn": balancer.id, "port": 80, "defaultActions": forward},
    )
    rule = check_lifecycle(
        driver,
        "aws:alb/listenerRule:ListenerRule",
        "rules",
        {
            "listenerArn": listener.id,
            "priority": 10,
            "actions": forward,
            "conditions": [
                {"pathPattern": {"values": ["/a/*"]}},
                {"httpHeader": {"httpHeaderName": "X-Who", "values": ["me"]}},
                {"queryStrings": [{"key": "a", "value": "b"}]},
            ],
            "tags": {"a": "b"},
        },
        {"priority": 20, "conditions": [{"hostHeader": {"values": ["a.example.com"]}}]},
    )
    last = driver.create(
        "aws:lb/listenerRule:ListenerRule",
        "last",
        {
            "listenerArn": listener.id,
            "actions": forward,
            "conditions": [{"sourceIp": {"values": ["10.0.0.0/8"]}}],
        },
    )

    assert last.outputs["priority"] == 21
    assert last.outputs["listenerArn"] == listener.id
    check_deletion(driver, last, rule, listener, balancer, group)
