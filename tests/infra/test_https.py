"""With a domain: HTTPS at the load balancers, and the domain's alias."""

from tests.infra.graph import STATIC_IPS, build_graph, https_settings

TWO = ("eu-central-1", "us-west-2")


def test_a_domain_means_https_with_a_modern_policy() -> None:
    graph = build_graph("prod", **https_settings(*TWO))

    for region in TWO:
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


def test_a_domain_in_route_53_is_an_alias_of_the_accelerator() -> None:
    """https://docs.aws.amazon.com/general/latest/gr/global_accelerator.html"""
    graph = build_graph("prod", **https_settings(*TWO))

    record = graph.one(":Record").inputs
    assert (record["name"], record["type"]) == ("muster.example.com", "A")
    assert record["zoneId"] == "Z0123456789ABC"
    (alias,) = record["aliases"]
    assert alias["zoneId"] == "Z2BJ6XQ5FK7U4H"
    assert alias["name"] == "a1.awsglobalaccelerator.com"
    ports = graph.one("globalaccelerator/listener:Listener").inputs["portRanges"]
    assert [range_["fromPort"] for range_ in ports] == [80, 443]
    assert graph.outputs["url"] == "https://muster.example.com"


def test_a_domain_with_dns_elsewhere_gets_no_record() -> None:
    graph = build_graph("prod", **{**https_settings(*TWO), "hosted_zone_id": ""})

    assert graph.of(":Record") == []


def test_without_a_domain_there_is_only_http() -> None:
    graph = build_graph("prod")

    assert {n.inputs["protocol"] for n in graph.of("lb/listener:Listener")} == {"HTTP"}
    assert graph.outputs["url"] == f"http://{STATIC_IPS[0]}"
