"""Certificate Manager over boto3, with a real control process."""

from typing import Any

from cryptography import x509

from tests.functional.twin.aws_errors import expect_aws_error
from tests.functional.twin.control.control_process import FRANKFURT, PARIS, ControlProcess
from tests.functional.twin.control.resources import import_certificate
from tests.waiting import eventually
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


def test_a_certificate_is_issued_once_its_record_is_in_route_53(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html"""
    acm: Any = shared.client("acm", FRANKFURT)
    route53: Any = shared.client("route53")
    zone = route53.create_hosted_zone(Name="issued.test", CallerReference="1")["HostedZone"]["Id"]
    names = ["api.issued.test", "*.issued.test"]
    requests = [
        shared.client("acm", region).request_certificate(
            DomainName=names[0],
            SubjectAlternativeNames=names,
            ValidationMethod="DNS",
            KeyAlgorithm="EC_prime256v1",
        )["CertificateArn"]
        for region in (FRANKFURT, PARIS)
    ]
    options = acm.describe_certificate(CertificateArn=requests[0])["Certificate"][
        "DomainValidationOptions"
    ]
    changes = [
        {
            "Action": "UPSERT",
            "ResourceRecordSet": {
                "Name": option["ResourceRecord"]["Name"],
                "Type": "CNAME",
                "TTL": 300,
                "ResourceRecords": [{"Value": option["ResourceRecord"]["Value"]}],
            },
        }
        for option in options
    ]

    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})

    for region, arn in zip((FRANKFURT, PARIS), requests, strict=True):
        regional: Any = shared.client("acm", region)

        def detail(regional: Any = regional, arn: str = arn) -> dict[str, Any]:  # noqa: ANN401
            found: dict[str, Any] = regional.describe_certificate(CertificateArn=arn)["Certificate"]
            assert found["Status"] == "ISSUED"
            return found

        issued = eventually(detail, within_s=20)
        texts = regional.get_certificate(CertificateArn=arn)
        leaf = x509.load_pem_x509_certificate(texts["Certificate"].encode())
        authority = x509.load_pem_x509_certificate(shared.instance.ca_path.read_bytes())
        leaf.verify_directly_issued_by(authority)
        assert issued["SubjectAlternativeNames"] == names
        assert issued["DomainValidationOptions"][0]["ValidationStatus"] == "SUCCESS"
        assert texts["CertificateChain"].encode() == shared.instance.ca_path.read_bytes()


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
