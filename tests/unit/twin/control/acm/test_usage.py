"""Certificates and their users in a Topology."""

from twin.control.acm.model import (
    AcmState,
    CertificateContent,
    CertificateRecord,
    ServiceCertificate,
)
from twin.control.acm.usage import add_certificates, find_users, service_names
from twin.topology.apigateway import ApiGatewayTopology, CustomDomain
from twin.topology.model import (
    Certificate,
    ListenerAction,
    ListenerTls,
    LoadBalancer,
    LoadBalancerListener,
    RegionTopology,
    Topology,
)

ARN = "arn:aws:acm:eu-central-1:123456789012:certificate/1"
CONTENT = CertificateContent(
    certificate="",
    chain="",
    pem_sha256="5a",
    names=("a.test",),
    serial="01",
    subject="CN=a.test",
    issuer="Twin",
    not_before=0.0,
    not_after=1.0,
    key_algorithm="RSA_2048",
    signature_algorithm="SHA256WITHRSA",
)
RECORD = CertificateRecord(
    arn=ARN,
    region="eu-central-1",
    type="IMPORTED",
    status="ISSUED",
    domain_name="a.test",
    names=("a.test",),
    created_at=0.0,
    key_algorithm="RSA_2048",
    content=CONTENT,
)
LISTENER = LoadBalancerListener(
    arn="arn:listener",
    port=443,
    protocol="HTTPS",
    default_action=ListenerAction(type="fixed-response", status_code="200"),
    tls=ListenerTls(certificates=("arn:other", ARN), protocols=("TLSv1.2",), ciphers=()),
)
BALANCER = LoadBalancer(
    arn="arn:lb", name="lb", address="127.0.0.1", scheme="internal", listeners=(LISTENER,)
)
DOMAIN = CustomDomain(name="a.test", regional_name="d-1.execute-api", certificate_arn=ARN)
REGION = RegionTopology(
    load_balancers=(BALANCER,), api_gateway=ApiGatewayTopology(domains=(DOMAIN,))
)
TOPOLOGY = Topology(regions={"eu-central-1": REGION})


def test_listeners_and_domain_names_use_certificates() -> None:
    assert find_users(TOPOLOGY, ARN) == (
        "arn:lb",
        "arn:aws:apigateway:eu-central-1::/domainnames/a.test",
    )
    assert find_users(TOPOLOGY, "arn:unknown") == ()


def test_a_region_gets_its_own_certificates_and_a_region_without_services_none() -> None:
    own = ServiceCertificate(
        region="eu-central-1", name="*.execute-api.x", pem_sha256="6b", not_after=1.0
    )
    state = AcmState(certificates=(RECORD,), service_certificates=(own,))

    regions = add_certificates(TOPOLOGY, state).regions

    assert regions["eu-central-1"].certificates == (
        Certificate(arn=ARN, names=("a.test",), pem_sha256="5a"),
        Certificate(arn="", names=("*.execute-api.x",), pem_sha256="6b"),
    )
    assert add_certificates(Topology(), state).regions == {}


def test_a_region_with_api_gateway_serves_names_of_aws() -> None:
    assert list(service_names(TOPOLOGY)) == [
        ("eu-central-1", "*.execute-api.eu-central-1.amazonaws.com")
    ]
    assert list(service_names(Topology(regions={"us-west-2": RegionTopology()}))) == []
