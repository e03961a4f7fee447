"""Certificates, requested and imported, with a control process."""

import pytest

from tests.functional.twin.provider.driver import Driver, Failed
from tests.functional.twin.provider.lifecycle import check_deletion, check_lifecycle
from tests.x509_factory import MadeCertificate, make_certificate
from twin.provider.values import Properties

CERTIFICATE = "aws:acm/certificate:Certificate"
VALIDATION = "aws:acm/certificateValidation:CertificateValidation"
REQUEST = {
    "domainName": "www.example.com",
    "subjectAlternativeNames": ["example.com"],
    "validationMethod": "DNS",
    "tags": {"a": "b"},
}


@pytest.fixture(scope="module")
def driver(control_driver: Driver) -> Driver:
    return control_driver


def imported(made: MadeCertificate, **more: str) -> Properties:
    return {
        "privateKey": made.key_pem.decode(),
        "certificateBody": made.pem.decode(),
        **more,
    }


def test_a_requested_certificate_lives(driver: Driver) -> None:
    off = {"certificateTransparencyLoggingPreference": "DISABLED"}

    certificate = check_lifecycle(
        driver, CERTIFICATE, "requested", REQUEST, {"tags": {"c": "d"}, "options": off}
    )

    options = certificate.outputs["domainValidationOptions"]
    assert [option["resourceRecordType"] for option in options] == ["CNAME", "CNAME"]
    assert certificate.outputs["status"] == "PENDING_VALIDATION"
    assert certificate.outputs["keyAlgorithm"] == "RSA_2048"
    check_deletion(driver, certificate)


def test_a_certificate_may_have_no_other_names(driver: Driver) -> None:
    args = {"domainName": "alone.example.com", "validationMethod": "DNS"}

    certificate = driver.create(CERTIFICATE, "alone", {**args, "subjectAlternativeNames": []})

    assert driver.diff(certificate, {**args, "subjectAlternativeNames": []}) == ([], [])
    check_deletion(driver, certificate)


def test_another_name_is_another_certificate(driver: Driver) -> None:
    certificate = driver.create(CERTIFICATE, "named", REQUEST)

    _, replaces = driver.diff(certificate, {**REQUEST, "domainName": "api.example.com"})

    assert replaces == ["domainName"]
    check_deletion(driver, certificate)


def test_an_imported_certificate_is_imported_again_in_its_place(driver: Driver) -> None:
    """https://docs.aws.amazon.com/acm/latest/userguide/import-reimport.html"""
    root = make_certificate(authority=True)
    first = make_certificate("a.test")
    second = make_certificate("a.test", "b.test", issuer=root)
    certificate = driver.create(CERTIFICATE, "imported", {**imported(first), "tags": {"a": "b"}})
    wanted = {**imported(second, certificateChain=root.pem.decode()), "tags": {"a": "b"}}

    changed = driver.update(certificate, wanted)
    refreshed = driver.refresh(changed)

    assert certificate.outputs["status"] == "ISSUED"
    assert certificate.outputs["domainName"] == "a.test"
    assert refreshed is not None
    assert driver.diff(refreshed, wanted) == ([], [])
    assert changed.id == certificate.id
    assert changed.outputs["subjectAlternativeNames"] == ["b.test"]
    check_deletion(driver, changed)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({}, "exactly one of domainName and privateKey"),
        ({"domainName": "a.test", "privateKey": "k"}, "exactly one"),
        ({"privateKey": "k"}, "certificateBody: must be given"),
        ({"domainName": "a.test", "certificateBody": "b"}, "needs privateKey"),
        (
            {"privateKey": "k", "certificateBody": "b", "validationMethod": "DNS"},
            "conflicts with privateKey",
        ),
    ],
)
def test_request_and_import_are_not_mixed(driver: Driver, args: Properties, words: str) -> None:
    with pytest.raises(Failed, match=words):
        driver.check(CERTIFICATE, "mixed", args)


def test_a_validation_names_the_records_and_waits(driver: Driver) -> None:
    """https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/acm/certificate_validation.go"""
    certificate = driver.create(CERTIFICATE, "waited for", REQUEST)
    records = [
        option["resourceRecordName"] for option in certificate.outputs["domainValidationOptions"]
    ]
    args = {"certificateArn": certificate.id, "validationRecordFqdns": records}

    with pytest.raises(Exception, match="lacks records"):
        driver.create(VALIDATION, "v", {**args, "validationRecordFqdns": records[:1]})
    with pytest.raises(Exception, match="to be ISSUED"):
        driver.create(VALIDATION, "v", args, timeout=1)
    check_deletion(driver, certificate)


def test_a_validation_ends_when_the_certificate_is_issued(driver: Driver) -> None:
    zone = driver.create("aws:route53/zone:Zone", "issued", {"name": "provider.test"})
    names = {"domainName": "www.provider.test", "keyAlgorithm": "EC_prime256v1"}
    certificate = driver.create(CERTIFICATE, "issued", {**names, "validationMethod": "DNS"})
    (option,) = certificate.outputs["domainValidationOptions"]
    record = driver.create(
        "aws:route53/record:Record",
        "validation",
        {
            "zoneId": zone.id,
            "name": option["resourceRecordName"],
            "type": option["resourceRecordType"],
            "records": [option["resourceRecordValue"]],
            "ttl": 60,
            "allowOverwrite": True,
        },
    )

    args = {"certificateArn": certificate.id, "validationRecordFqdns": [record.outputs["fqdn"]]}
    validation = driver.create(VALIDATION, "issued", args, timeout=60)

    refreshed = driver.refresh(certificate)
    assert refreshed is not None
    assert refreshed.outputs["status"] == "ISSUED"
    assert driver.diff(validation, args) == ([], [])
    driver.delete(record)
    check_deletion(driver, certificate, zone)


def test_an_imported_certificate_needs_no_validation(driver: Driver) -> None:
    certificate = driver.create(CERTIFICATE, "foreign", imported(make_certificate("a.test")))

    with pytest.raises(Exception, match="needs no validation"):
        driver.create(VALIDATION, "v", {"certificateArn": certificate.id})
    check_deletion(driver, certificate)
