"""Certificates that calls give to listeners."""

from dataclasses import replace

import pytest

from tests.unit.twin.control.acm.test_usage import ARN, RECORD
from twin.control.acm.listener_checks import check_listener_certificates
from twin.control.acm.model import AcmState, CertificateStatus


def check(region: str, arn: str, status: CertificateStatus = "ISSUED") -> str:
    """AWS's code; empty for a certificate that can be used."""
    state = AcmState(certificates=(replace(RECORD, status=status),))
    given = {"Certificates": [{"CertificateArn": arn}]}
    problem = check_listener_certificates(state, region, given)
    return "" if problem is None else problem[0]


def test_a_listener_takes_issued_certificates_of_its_region() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html"""
    assert check("eu-central-1", ARN) == ""
    assert check("us-west-2", ARN) == "CertificateNotFound"
    assert check("eu-central-1", "arn:unknown") == "CertificateNotFound"
    assert check_listener_certificates(AcmState(), "eu-central-1", {}) is None


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("PENDING_VALIDATION", "UnsupportedCertificate"),
        ("FAILED", "UnsupportedCertificate"),
        ("EXPIRED", "CertificateNotFound"),
    ],
)
def test_others_are_refused(status: CertificateStatus, code: str) -> None:
    """https://github.com/hashicorp/terraform-provider-aws/issues/17505

    https://github.com/crossplane-contrib/provider-upjet-aws/issues/338
    """
    assert check("eu-central-1", ARN, status) == code
