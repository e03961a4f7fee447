"""One Region's load balancer: listeners, target group, and who may invoke the function."""

import pytest

from app.http.cors import ALLOWED_HEADERS, ALLOWED_METHODS, EXPOSED_HEADERS
from tests.infra.graph import TWO_REGIONS, build_graph, https_settings

NUMBERS = {
    "prod": {"interval": 10, "timeout": 5, "healthyThreshold": 3, "unhealthyThreshold": 2},
    "local": {"interval": 5, "timeout": 2, "healthyThreshold": 2, "unhealthyThreshold": 2},
}


@pytest.mark.parametrize("stack", ["prod", "local"])
def test_the_health_check_sets_every_value(stack: str) -> None:
    """The defaults for functions differ between AWS's own pages:
    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
    """
    graph = build_graph(stack)

    for group in graph.of(":TargetGroup"):
        wanted = {"enabled": True, "path": "/health", "matcher": "200", **NUMBERS[stack]}
        assert group.inputs["healthCheck"] == wanted
        assert group.inputs["targetType"] == "lambda"
    assert {f.inputs["timeout"] for f in graph.of(":Function")} == {4}


def test_the_load_balancer_of_another_scheme_can_be_made_beside_the_old_one() -> None:
    """Pulumi deletes first what keeps a given name, and what is told to be deleted first.

    https://www.pulumi.com/docs/iac/concepts/resources/options/deletebeforereplace/
    """
    internal = build_graph("prod")
    public = build_graph("prod", alb_scheme="internet-facing")

    for region in TWO_REGIONS:
        for kind, name in (
            (":LoadBalancer", "name"),
            (":TargetGroup", "name"),
            (":Permission", "statementId"),
        ):
            old, new = internal.one(kind, region), public.one(kind, region)
            assert old.inputs[name] != new.inputs[name]
        for kind in (":LoadBalancer", ":TargetGroup", ":Permission", ":TargetGroupAttachment"):
            assert not public.one(kind, region).replaced_in_place


@pytest.mark.parametrize("stack", ["prod", "local"])
def test_headers_with_invalid_names_are_dropped(stack: str) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html"""
    for balancer in build_graph(stack).of(":LoadBalancer"):
        assert balancer.inputs["dropInvalidHeaderFields"] is True


def test_only_the_target_group_may_invoke_the_alias_and_is_permitted_first() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html"""
    graph = build_graph("prod")

    for region in TWO_REGIONS:
        permission = graph.one(":Permission", region)
        target = graph.one(":TargetGroupAttachment", region)
        groups_arn = f"arn:aws:lb:{region}:123456789012:targetGroup/muster-prod"
        assert permission.inputs["principal"] == "elasticloadbalancing.amazonaws.com"
        assert permission.inputs["sourceArn"] == groups_arn
        assert permission.inputs["qualifier"] == "live"
        assert permission.inputs["action"] == "lambda:InvokeFunction"
        assert target.inputs["targetId"].endswith(":alias/live")
        assert permission.urn in target.dependencies


def test_a_domain_means_https_with_a_modern_policy() -> None:
    graph = build_graph("prod", **https_settings(*TWO_REGIONS))

    for region in TWO_REGIONS:
        by_port = {n.inputs["port"]: n.inputs for n in graph.of("lb/listener:Listener", region)}
        assert set(by_port) == {80, 443}
        assert by_port[443]["protocol"] == "HTTPS"
        assert by_port[443]["sslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2")
        assert f":acm:{region}:" in by_port[443]["certificateArn"]
        assert by_port[443]["defaultActions"][0]["type"] == "forward"
        (action,) = by_port[80]["defaultActions"]
        assert action["type"] == "redirect"
        assert action["redirect"] == {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}
        opened = graph.one(":SecurityGroup", region).inputs["ingress"]
        assert [rule["fromPort"] for rule in opened] == [80, 443]


ORIGIN = "routingHttpResponseAccessControlAllowOriginHeaderValue"


@pytest.mark.parametrize(
    ("origins", "header"),
    [
        (["*"], "*"),
        (["https://a.test"], "https://a.test"),
        (["https://a.test", "https://b.test"], None),
        ([], None),
    ],
)
def test_pages_may_read_the_load_balancers_own_errors(
    origins: list[str], header: str | None
) -> None:
    """A listener has one value of the header for all responses.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/header-modification.html
    """
    graph = build_graph("prod", cors_origins=origins, **https_settings(*TWO_REGIONS))

    listeners = graph.of("lb/listener:Listener")
    assert {listener.inputs.get(ORIGIN) for listener in listeners} == {header}


def test_the_function_and_both_doors_let_pages_read_the_same_headers() -> None:
    graph = build_graph("local")

    cors = graph.of("apigatewayv2/api:Api")[0].inputs["corsConfiguration"]
    exposed = "routingHttpResponseAccessControlExposeHeadersHeaderValue"
    assert graph.of("lb/listener:Listener")[0].inputs[exposed] == EXPOSED_HEADERS
    assert cors["exposeHeaders"] == EXPOSED_HEADERS.lower().split(", ")
    assert cors["allowHeaders"] == ALLOWED_HEADERS.lower().split(", ")
    assert cors["allowMethods"] == ALLOWED_METHODS.split(", ")
