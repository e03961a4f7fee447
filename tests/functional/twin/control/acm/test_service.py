"""Certificate Manager over boto3, with a real control process."""

from typing import Any

from tests.functional.twin.aws_errors import expect_aws_error
from tests.functional.twin.control.control_process import FRANKFURT, PARIS, ControlProcess
from tests.functional.twin.control.resources import import_certificate
from tests.x509_factory import make_certificate


def test_an_imported_certificate_is_read_back_as_it_was_given(shared: ControlProcess) -> None:
    acm: Any = shared.client("acm", FRANKFURT)
    made = make_certificate("read.test", "*.read.test")

    arn = acm.import_certificate(
        Certificate=made.pem, PrivateKey=made.key_pem, Tags=[{"Key": "a", "Value": "b"}]
    )["CertificateArn"]

    detail = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    assert acm.get_certificate(CertificateArn=arn)["Certificate"].encode() == made.pem
    assert detail["NotAfter"] == made.x509.not_valid_after_utc
    assert detail["SubjectAlternativeNames"] == ["read.test", "*.read.test"]
    assert acm.list_tags_for_certificate(CertificateArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]


def test_a_request_is_pending_without_its_record_and_can_be_deleted(
    shared: ControlProcess,
) -> None:
    acm: Any = shared.client("acm", FRANKFURT)
    arn = acm.request_certificate(DomainName="pending.test", ValidationMethod="DNS")[
        "CertificateArn"
    ]

    detail = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    acm.delete_certificate(CertificateArn=arn)

    assert detail["Status"] == "PENDING_VALIDATION"
    expect_aws_error("ResourceNotFoundException", acm.describe_certificate, CertificateArn=arn)


def test_each_region_has_its_own_certificates(shared: ControlProcess) -> None:
    arn = import_certificate(shared, FRANKFURT, "region.test")

    expect_aws_error(
        "ResourceNotFoundException",
        shared.client("acm", PARIS).describe_certificate,
        CertificateArn=arn,
    )


def test_a_name_that_is_no_host_is_refused_by_the_model(shared: ControlProcess) -> None:
    acm: Any = shared.client("acm", FRANKFURT)

    expect_aws_error(
        "ValidationException", acm.request_certificate, DomainName="no host", ValidationMethod="DNS"
    )
    expect_aws_error(
        "ValidationException", acm.import_certificate, Certificate=b"x", PrivateKey=b"y"
    )
