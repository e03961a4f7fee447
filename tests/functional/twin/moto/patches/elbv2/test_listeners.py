"""Ports, certificates and security policies of listeners over boto3."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.functional.twin.aws_errors import Client, error_message, expect_aws_error
from tests.functional.twin.control.control_process import FRANKFURT, PARIS, ControlProcess
from tests.functional.twin.control.resources import (
    NetworkIds,
    ServiceIds,
    create_load_balancer,
    import_certificate,
)

ANSWER = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}


class Listeners:
    """The listeners of a load balancer with TLS."""

    def __init__(self, control: ControlProcess, deployed: ServiceIds) -> None:
        self.elb: Any = control.client("elbv2", FRANKFURT)
        self.certificates = [
            import_certificate(control, FRANKFURT, f"{name}.test") for name in ("a", "b", "c")
        ]
        self._balancer = deployed.load_balancer

    def arguments(self, *certificates: str, **more: object) -> dict[str, object]:
        given: dict[str, object] = {
            "LoadBalancerArn": self._balancer,
            "Port": 443,
            "Protocol": "HTTPS",
            "DefaultActions": [ANSWER],
            "Certificates": [{"CertificateArn": arn} for arn in certificates],
            **more,
        }
        return {name: value for name, value in given.items() if value != []}

    def create(self, *certificates: str, **more: object) -> dict[str, Any]:
        made = self.elb.create_listener(**self.arguments(*certificates, **more))["Listeners"][0]
        return dict(made)

    def list(self, arn: str) -> list[tuple[str, bool]]:
        found = self.elb.describe_listener_certificates(ListenerArn=arn)["Certificates"]
        return [(one["CertificateArn"], one["IsDefault"]) for one in found]


@pytest.fixture(scope="module")
def listeners(shared: ControlProcess, deployed: ServiceIds) -> Listeners:
    return Listeners(shared, deployed)


@pytest.fixture
def listener(listeners: Listeners) -> Iterator[dict[str, Any]]:
    made = listeners.create(listeners.certificates[0])
    yield made
    listeners.elb.delete_listener(ListenerArn=made["ListenerArn"])


def given(*arns: str) -> list[dict[str, str]]:
    return [{"CertificateArn": arn} for arn in arns]


def test_a_listener_has_one_default_certificate_and_a_list(
    listeners: Listeners, listener: dict[str, Any]
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeListenerCertificates.html
    """
    arn, (a, b, c) = listener["ListenerArn"], listeners.certificates
    elb = listeners.elb

    elb.add_listener_certificates(ListenerArn=arn, Certificates=given(b))
    elb.add_listener_certificates(ListenerArn=arn, Certificates=given(b, a))
    assert listeners.list(arn) == [(a, True), (b, False), (a, False)]
    elb.modify_listener(ListenerArn=arn, Certificates=given(c))
    assert listeners.list(arn) == [(c, True), (b, False), (a, False)]
    elb.remove_listener_certificates(ListenerArn=arn, Certificates=given(b))

    assert listeners.list(arn) == [(c, True), (a, False)]
    shown = elb.describe_listeners(ListenerArns=[arn])["Listeners"][0]
    assert shown["Certificates"] == given(c)


def test_the_default_certificate_can_not_be_removed(
    listeners: Listeners, listener: dict[str, Any]
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RemoveListenerCertificates.html"""
    expect_aws_error(
        "OperationNotPermitted",
        listeners.elb.remove_listener_certificates,
        ListenerArn=listener["ListenerArn"],
        Certificates=given(listeners.certificates[0]),
    )


def test_a_listener_of_http_has_neither_certificate_nor_policy(
    listeners: Listeners, listener: dict[str, Any]
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyListener.html"""
    arn, elb = listener["ListenerArn"], listeners.elb

    plain = elb.modify_listener(ListenerArn=arn, Protocol="HTTP")["Listeners"][0]
    expect_aws_error(
        "ValidationError",
        elb.add_listener_certificates,
        ListenerArn=arn,
        Certificates=given(listeners.certificates[0]),
    )
    expect_aws_error("ValidationError", elb.modify_listener, ListenerArn=arn, Protocol="HTTPS")
    secure = elb.modify_listener(
        ListenerArn=arn, Protocol="HTTPS", Certificates=given(listeners.certificates[1])
    )["Listeners"][0]

    assert ("Certificates" in plain, "SslPolicy" in plain) == (False, False)
    assert secure["SslPolicy"] == "ELBSecurityPolicy-2016-08"


def test_a_certificate_in_use_is_in_use(listeners: Listeners, shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/acm/latest/APIReference/API_DeleteCertificate.html"""
    acm: Client = shared.client("acm", FRANKFURT)
    arn = import_certificate(shared, FRANKFURT, "used.test")
    listener = listeners.create(arn)["ListenerArn"]

    users = acm.describe_certificate(CertificateArn=arn)["Certificate"]["InUseBy"]
    expect_aws_error("ResourceInUseException", acm.delete_certificate, CertificateArn=arn)
    listeners.elb.delete_listener(ListenerArn=listener)
    acm.delete_certificate(CertificateArn=arn)

    assert users == [listeners.arguments()["LoadBalancerArn"]]


@pytest.mark.parametrize(
    ("which", "more", "code", "word"),
    [
        ([], {}, "ValidationError", "must be specified"),
        ([0], {"Protocol": "HTTP"}, "ValidationError", "cannot be specified"),
        ([0, 1], {}, "InvalidConfigurationRequest", "exactly one"),
        ([0], {"SslPolicy": "ELBSecurityPolicy-2099"}, "SSLPolicyNotFound", "2099"),
    ],
)
def test_certificates_and_policies_are_checked(
    listeners: Listeners, which: list[int], more: dict[str, object], code: str, word: str
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html"""
    certificates = [listeners.certificates[index] for index in which]

    error = expect_aws_error(
        code, listeners.elb.create_listener, **listeners.arguments(*certificates, **more)
    )

    assert word in error_message(error)


def test_a_certificate_is_there_and_issued(listeners: Listeners, shared: ControlProcess) -> None:
    """https://github.com/hashicorp/terraform-provider-aws/issues/17505"""
    acm: Client = shared.client("acm", FRANKFURT)
    pending = acm.request_certificate(DomainName="pending.test", ValidationMethod="DNS")
    elsewhere = import_certificate(shared, PARIS, "a.test")
    create = listeners.elb.create_listener

    expect_aws_error(
        "UnsupportedCertificate", create, **listeners.arguments(pending["CertificateArn"])
    )
    error = expect_aws_error("CertificateNotFound", create, **listeners.arguments(elsewhere))

    assert error_message(error) == f"Certificate '{elsewhere}' not found"


def test_nobody_chooses_the_default_by_a_flag(
    listeners: Listeners, listener: dict[str, Any]
) -> None:
    flagged = [{"CertificateArn": listeners.certificates[1], "IsDefault": True}]

    expect_aws_error(
        "ValidationError",
        listeners.elb.add_listener_certificates,
        ListenerArn=listener["ListenerArn"],
        Certificates=flagged,
    )


def test_a_listener_has_at_most_25_more_certificates(
    listeners: Listeners, listener: dict[str, Any], shared: ControlProcess
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html"""
    arns = [import_certificate(shared, FRANKFURT, f"n{n}.test") for n in range(26)]
    add, arn = listeners.elb.add_listener_certificates, listener["ListenerArn"]

    add(ListenerArn=arn, Certificates=given(*arns[:25]))

    expect_aws_error("TooManyCertificates", add, ListenerArn=arn, Certificates=given(arns[25]))


def test_a_port_has_one_listener(shared: ControlProcess, paris: NetworkIds) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyListener.html
    """
    elb = shared.client("elbv2", PARIS)
    balancer = create_load_balancer(shared, PARIS, paris, "one-listener")["LoadBalancerArn"]
    answer = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}
    other = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
    settings = {"LoadBalancerArn": balancer, "Port": 8080, "Protocol": "HTTP"}
    (first,) = elb.create_listener(**settings, DefaultActions=[answer])["Listeners"]

    repeated = elb.create_listener(**settings, DefaultActions=[answer])
    assert repeated["Listeners"] == [first]
    expect_aws_error("DuplicateListener", elb.create_listener, **settings, DefaultActions=[other])
    elb.modify_listener(ListenerArn=first["ListenerArn"], DefaultActions=[other])
    expect_aws_error("DuplicateListener", elb.create_listener, **settings, DefaultActions=[answer])
    elb.create_listener(**settings | {"Port": 8081}, DefaultActions=[answer])
    arn = first["ListenerArn"]
    expect_aws_error("DuplicateListener", elb.modify_listener, ListenerArn=arn, Port=8081)
    (same,) = elb.modify_listener(ListenerArn=arn, Port=8080)["Listeners"]
    assert same["Port"] == 8080

    elb.delete_load_balancer(LoadBalancerArn=balancer)


def test_only_a_secure_listener_has_a_security_policy(
    shared: ControlProcess, paris: NetworkIds
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Listener.html"""
    elb = shared.client("elbv2", PARIS)
    certificate = import_certificate(shared, PARIS, "www.example.com")
    balancer = create_load_balancer(shared, PARIS, paris, "policies")["LoadBalancerArn"]
    answer = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}

    for port, protocol in ((8080, "HTTP"), (8443, "HTTPS")):
        secure = {"Certificates": [{"CertificateArn": certificate}]} if port == 8443 else {}
        elb.create_listener(
            LoadBalancerArn=balancer,
            Port=port,
            Protocol=protocol,
            DefaultActions=[answer],
            **secure,
        )

    listeners = elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"]
    policies = {listener["Protocol"]: listener.get("SslPolicy") for listener in listeners}
    assert policies == {"HTTP": None, "HTTPS": "ELBSecurityPolicy-2016-08"}
    elb.delete_load_balancer(LoadBalancerArn=balancer)
