"""The accelerator, its endpoint groups, and the domain's alias."""

from tests.infra.graph import TWO_REGIONS, build_graph, https_settings


def test_later_changes_of_dials_are_ignored() -> None:
    graph = build_graph("prod", dials={"us-west-2": 25})

    dials = {n.region: n.inputs["trafficDialPercentage"] for n in graph.of(":EndpointGroup")}
    assert dials == {"eu-central-1": 100, "us-west-2": 25}
    assert all(n.ignored == ("trafficDialPercentage",) for n in graph.of(":EndpointGroup"))
    assert graph.outputs["regions"]["us-west-2"]["declared_dial"] == 25


def test_an_endpoint_group_has_its_regions_load_balancer() -> None:
    graph = build_graph("prod")

    for region in TWO_REGIONS:
        group = graph.one(":EndpointGroup", region)
        (endpoint,) = group.inputs["endpointConfigurations"]
        assert endpoint["endpointId"].startswith(f"arn:aws:lb:{region}:")
        assert endpoint["weight"] == 100
        assert endpoint["clientIpPreservationEnabled"] is True
        assert {"TargetGroupAttachment", "Listener"} <= graph.dependencies(group)


def test_the_front_door_is_tcp_without_affinity() -> None:
    listener = build_graph("prod").one("globalaccelerator/listener:Listener").inputs

    assert (listener["protocol"], listener["clientAffinity"]) == ("TCP", "NONE")
    assert listener["portRanges"] == [{"fromPort": 80, "toPort": 80}]


def test_a_domain_in_route_53_is_an_alias_of_the_accelerator() -> None:
    """https://docs.aws.amazon.com/general/latest/gr/global_accelerator.html"""
    graph = build_graph("prod", **https_settings(*TWO_REGIONS))

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
    graph = build_graph("prod", **{**https_settings(*TWO_REGIONS), "hosted_zone_id": ""})

    assert graph.of(":Record") == []
