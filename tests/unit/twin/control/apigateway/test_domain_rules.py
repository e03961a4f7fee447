"""Names, certificates and mappings of custom domain names."""

import pytest

from tests.unit.twin.control.apigateway.calls import CERTIFICATE, PENDING, Gateway
from twin.control.apigateway.domain_rules import (
    CertificateFacts,
    check_certificate,
    check_domain_name,
)
from twin.control.document_service import CallRefused

WILD = CertificateFacts(names=("*.muster.test",), is_issued=True)


@pytest.mark.parametrize("name", ["a.test", "*.a.test", "A.b-c.Test.", "_x.a.test"])
def test_a_name_has_labels_and_perhaps_a_wildcard(name: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html"""
    assert check_domain_name(name) == name.lower().removesuffix(".")


@pytest.mark.parametrize(
    "name", ["test", "", "a..test", "a.*.test", "-a.test", "a b.test", "1.2.3.4"]
)
def test_other_texts_are_no_names(name: str) -> None:
    with pytest.raises(CallRefused, match="Invalid domain name identifier specified"):
        check_domain_name(name)


@pytest.mark.parametrize(
    ("arn", "message"),
    [
        (None, "A certificate was not provided for the endpoint type REGIONAL."),
        ("x", "Invalid certificate ARN: x"),
        (
            CERTIFICATE.replace("eu-central-1", "us-east-1"),
            f"Invalid certificate ARN: {CERTIFICATE.replace('eu-central-1', 'us-east-1')}. "
            "Certificate must be in 'eu-central-1'.",
        ),
        (
            CERTIFICATE.replace("123456789012", "210987654321"),
            "The certificate provided must be owned by the account creating the domain.",
        ),
        (f"{CERTIFICATE}9", "The provided certificate does not exist."),
    ],
)
def test_a_certificate_is_one_of_the_region_and_the_account(
    gateway: Gateway, arn: str | None, message: str
) -> None:
    """https://github.com/aws/aws-cdk/issues/9548"""
    with pytest.raises(CallRefused) as caught:
        check_certificate(arn, "a.muster.test", gateway.context(), {CERTIFICATE: WILD}.get)

    assert (caught.value.code, caught.value.message) == ("BadRequestException", message)


def test_a_certificate_is_issued_and_covers_the_name(gateway: Gateway) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains-prerequisites.html"""
    pending = CertificateFacts(names=("a.muster.test",), is_issued=False)
    known = {CERTIFICATE: WILD, PENDING: pending}.get

    for name in ("a.muster.test", "*.muster.test"):
        assert check_certificate(CERTIFICATE, name, gateway.context(), known) == CERTIFICATE
    for name in ("muster.test", "a.b.muster.test", "a.other.test"):
        with pytest.raises(CallRefused, match="is not covered by the provided certificate"):
            check_certificate(CERTIFICATE, name, gateway.context(), known)
    with pytest.raises(CallRefused, match="not yet issued"):
        check_certificate(PENDING, "a.muster.test", gateway.context(), known)
