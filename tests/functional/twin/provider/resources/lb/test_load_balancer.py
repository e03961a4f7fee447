"""Load balancers and listeners, on moto."""

from tests.functional.twin.provider.deployments import Network
from tests.functional.twin.provider.driver import Driver
from tests.functional.twin.provider.lifecycle import check_deletion, check_lifecycle


def test_a_load_balancer_with_a_listener_lives(driver: Driver) -> None:
    network = Network(driver, "front")
    group = driver.create("aws:lb/targetGroup:TargetGroup", "front", {"targetType": "lambda"})
    balancer = check_lifecycle(
        driver,
        "aws:lb/loadBalancer:LoadBalancer",
        "front",
        network.load_balancer("front"),
        {"idleTimeout": 30, "dropInvalidHeaderFields": True, "tags": {"a": "b"}},
    )
    listener = check_lifecycle(
        driver,
        "aws:lb/listener:Listener",
        "front",
        {
            "loadBalancerArn": balancer.id,
            "port": 80,
            "defaultActions": [{"type": "forward", "targetGroupArn": group.id}],
        },
        {"port": 81},
    )

    assert balancer.outputs["arnSuffix"].startswith("app/front/")
    assert balancer.outputs["dnsName"]
    check_deletion(driver, listener, group, balancer)


def test_a_listener_adds_headers_to_all_responses(driver: Driver) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/header-modification.html"""
    network = Network(driver, "front")
    balancer = driver.create(
        "aws:lb/loadBalancer:LoadBalancer", "front", network.load_balancer("front")
    )
    answer = {"contentType": "text/plain", "statusCode": "404"}
    action = {"type": "fixed-response", "fixedResponse": answer}
    origin = "routingHttpResponseAccessControlAllowOriginHeaderValue"

    listener = check_lifecycle(
        driver,
        "aws:lb/listener:Listener",
        "front",
        {
            "loadBalancerArn": balancer.id,
            "port": 80,
            "defaultActions": [action],
            origin: "*",
            "routingHttpResponseServerEnabled": False,
        },
        {origin: "https://www.example.com"},
    )

    assert listener.outputs[origin] == "https://www.example.com"
    assert listener.outputs["routingHttpResponseServerEnabled"] is False
    check_deletion(driver, listener, balancer)
