"""Certificates, on moto."""

from tests.functional.twin.provider.driver import Driver
from tests.functional.twin.provider.lifecycle import check_deletion, check_lifecycle


def test_a_certificate_lives_and_is_waited_for(driver: Driver) -> None:
    certificate = check_lifecycle(
        driver,
        "aws:acm/certificate:Certificate",
        "certificate",
        {
            "domainName": "www.example.com",
            "subjectAlternativeNames": ["example.com"],
            "validationMethod": "DNS",
            "tags": {"a": "b"},
        },
        {"tags": {"a": "c"}},
    )
    option = certificate.outputs["domainValidationOptions"][0]
    validation = driver.create(
        "aws:acm/certificateValidation:CertificateValidation",
        "certificate",
        {"certificateArn": certificate.id, "validationRecordFqdns": ["_a.www.example.com"]},
        timeout=90,
    )

    assert option["resourceRecordType"] == "CNAME"
    assert validation.outputs["certificateArn"] == certificate.id
    driver.delete(validation)
    check_deletion(driver, certificate)
