"""Certificates: requested and validated by DNS where none is given.

https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
"""

from collections import Counter

from pulumi_aws.acm.outputs import CertificateDomainValidationOption

from infra.dns.certificates import find_option
from tests.infra.graph import (
    ACCOUNT,
    BOTH_DOORS,
    EIGHT_REGIONS,
    TWO_REGIONS,
    ResourceGraph,
    ResourceNode,
    build_graph,
    https_settings,
)

DOMAIN = {"domain": "muster.example.com", "hosted_zone_id": "Z0123456789ABC"}


def validation_records(graph: ResourceGraph) -> list[ResourceNode]:
    return [node for node in graph.of(":Record") if node.inputs["type"] == "CNAME"]


def test_each_region_has_a_certificate_for_the_shared_and_its_own_name() -> None:
    graph = build_graph("prod", **BOTH_DOORS)

    for region in TWO_REGIONS:
        certificate = graph.one("acm/certificate:Certificate", region).inputs
        assert certificate["domainName"] == "api.example.com"
        assert certificate["subjectAlternativeNames"] == [f"{region}.api.example.com"]
        assert certificate["validationMethod"] == "DNS"
        for domain in graph.of("apigatewayv2/domainName:DomainName", region):
            assert {"CertificateValidation", "Certificate"} <= graph.dependencies(domain)


def test_each_name_has_one_validation_record() -> None:
    """The record of the shared name is the same for the certificates of all Regions."""
    graph = build_graph("prod", **BOTH_DOORS, regions=EIGHT_REGIONS)

    names = Counter(node.inputs["name"] for node in validation_records(graph))
    wanted = ["api.example.com", *(f"{region}.api.example.com" for region in EIGHT_REGIONS)]
    assert names == Counter(f"_x.{name}." for name in wanted)
    for waiting in graph.of("acm/certificateValidation:CertificateValidation"):
        assert waiting.region in EIGHT_REGIONS
        assert len(waiting.inputs["validationRecordFqdns"]) == 2


def test_the_shared_record_does_not_leave_with_a_region() -> None:
    graph = build_graph("prod", **BOTH_DOORS)

    (shared,) = (n for n in validation_records(graph) if n.inputs["name"] == "_x.api.example.com.")
    regions = {n.region for n in graph.of("Certificate") if n.urn in shared.dependencies}
    assert regions == {"eu-central-1"}


def test_the_accelerators_domain_gets_certificates_without_hand_work() -> None:
    graph = build_graph("prod", **DOMAIN)

    for region in TWO_REGIONS:
        assert graph.one("acm/certificate:Certificate", region).inputs["domainName"] == (
            "muster.example.com"
        )
        listener = next(
            node
            for node in graph.of("lb/listener:Listener", region)
            if node.inputs["protocol"] == "HTTPS"
        )
        assert "CertificateValidation" in graph.dependencies(listener)
    (record,) = validation_records(graph)
    assert record.inputs["zoneId"] == "Z0123456789ABC"


def test_both_doors_have_one_certificate_in_a_region() -> None:
    graph = build_graph("prod", **BOTH_DOORS, **DOMAIN)

    certificate = graph.one("acm/certificate:Certificate", "us-west-2").inputs
    assert certificate["domainName"] == "api.example.com"
    assert certificate["subjectAlternativeNames"] == [
        "muster.example.com",
        "us-west-2.api.example.com",
    ]
    zones = {node.inputs["name"]: node.inputs["zoneId"] for node in validation_records(graph)}
    assert zones["_x.muster.example.com."] == "Z0123456789ABC"
    assert zones["_x.us-west-2.api.example.com."] == "Z0DNS"


def test_given_certificates_are_used_and_none_is_requested() -> None:
    given = https_settings(*TWO_REGIONS)["certificate_arns"]

    graph = build_graph("prod", **BOTH_DOORS, certificate_arns=given)

    assert graph.of("Certificate") == []
    for domain in graph.of("apigatewayv2/domainName:DomainName"):
        configuration = domain.inputs["domainNameConfiguration"]
        assert configuration["certificateArn"] == given[domain.region]


def test_a_region_without_a_given_certificate_gets_one() -> None:
    given = f"arn:aws:acm:eu-central-1:{ACCOUNT}:certificate/0a1b2c3d"

    graph = build_graph("prod", **BOTH_DOORS, certificate_arns={"eu-central-1": given})

    assert graph.one("acm/certificate:Certificate").region == "us-west-2"
    assert len(validation_records(graph)) == 2


def test_the_record_of_a_name_is_found_among_all() -> None:
    one, other = (
        CertificateDomainValidationOption(domain_name=name) for name in ("a.test", "b.test")
    )

    assert find_option([one, other], "b.test") is other
