"""The hosted zone of the DNS front door."""

from tests.infra.graph import BOTH_DOORS, build_graph


def test_without_an_id_the_stack_makes_the_zone() -> None:
    graph = build_graph("prod", **{**BOTH_DOORS, "dns_zone_id": None})

    assert graph.one("route53/zone:Zone").inputs["name"] == "example.com"
    assert graph.outputs["dns"]["zone_id"] == "dns-zone-id"
    assert graph.outputs["dns"]["zone_name"] == "example.com"
    assert graph.outputs["dns"]["name_servers"] == ["ns-1", "ns-2"]


def test_an_existing_zone_is_used() -> None:
    graph = build_graph("prod", **BOTH_DOORS)

    assert graph.of("route53/zone:Zone") == []
    assert {node.inputs["zoneId"] for node in graph.of(":Record")} == {"Z0DNS"}
    assert graph.outputs["dns"]["zone_id"] == "Z0DNS"
    assert graph.outputs["dns"]["zone_name"] == "example.com"
    assert graph.outputs["dns"]["name_servers"] == ["ns-9"]
