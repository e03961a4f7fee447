"""Lists and descriptions of certificates."""

import pytest

from tests.unit.twin.control.acm.calls import Acm
from tests.x509_factory import make_certificate, rsa_key
from twin.control.document_service import CallRefused


def listed(acm: Acm, **parameters: object) -> list[str]:
    found = acm.call("ListCertificates", **parameters)["CertificateSummaryList"]
    return [summary["DomainName"] for summary in found]


@pytest.fixture
def acm() -> Acm:
    made = Acm()
    made.request("one.test")
    made.request("two.test", KeyAlgorithm="EC_prime256v1")
    imported = make_certificate("three.test", key=rsa_key(2048))
    made.call("ImportCertificate", Certificate=imported.pem, PrivateKey=imported.key_pem)
    return made


def test_only_small_rsa_keys_are_listed_unless_others_are_asked_for(acm: Acm) -> None:
    """https://docs.aws.amazon.com/acm/latest/APIReference/API_Filters.html"""
    assert listed(acm) == ["one.test", "three.test"]
    assert listed(acm, Includes={"keyTypes": ["EC_prime256v1"]}) == ["two.test"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"CertificateStatuses": ["ISSUED"]}, ["three.test"]),
        ({"CertificateStatuses": ["PENDING_VALIDATION"]}, ["one.test"]),
        ({"CertificateKeyPairOrigins": ["CUSTOMER_PROVIDED"]}, ["three.test"]),
        ({"Includes": {"extendedKeyUsage": ["TLS_WEB_SERVER_AUTHENTICATION"]}}, ["three.test"]),
        ({"Includes": {"keyUsage": ["KEY_ENCIPHERMENT"]}}, []),
        ({"Includes": {"exportOption": "ENABLED"}}, []),
        ({"SortBy": "CREATED_AT", "SortOrder": "DESCENDING"}, ["three.test", "one.test"]),
    ],
)
def test_filters_and_the_order(acm: Acm, filters: dict[str, object], expected: list[str]) -> None:
    """https://docs.aws.amazon.com/acm/latest/APIReference/API_ListCertificates.html"""
    assert listed(acm, **filters) == expected


def test_pages_follow_each_other(acm: Acm) -> None:
    first = acm.call("ListCertificates", MaxItems=1)
    second = acm.call("ListCertificates", MaxItems=1, NextToken=first["NextToken"])

    assert [one["DomainName"] for one in second["CertificateSummaryList"]] == ["three.test"]
    assert "NextToken" not in second


def test_a_list_goes_on_where_its_next_certificate_was_deleted(acm: Acm) -> None:
    """https://docs.aws.amazon.com/acm/latest/APIReference/API_ListCertificates.html"""
    first = acm.call("ListCertificates", MaxItems=1)
    (shown,) = acm.call("ListCertificates", MaxItems=1, NextToken=first["NextToken"])[
        "CertificateSummaryList"
    ]

    acm.call("DeleteCertificate", CertificateArn=shown["CertificateArn"])

    assert acm.call("ListCertificates", NextToken=first["NextToken"]) == {
        "CertificateSummaryList": []
    }


def test_wrong_pages_and_half_an_order_are_refused(acm: Acm) -> None:
    with pytest.raises(CallRefused, match="NextToken"):
        acm.call("ListCertificates", NextToken="arn")
    with pytest.raises(CallRefused, match="together"):
        acm.call("ListCertificates", SortBy="CREATED_AT")


def test_a_certificate_can_be_read_once_it_is_issued(acm: Acm) -> None:
    """https://docs.aws.amazon.com/acm/latest/APIReference/API_GetCertificate.html"""
    pending, _, imported = (record.arn for record in acm.state.certificates)

    with pytest.raises(CallRefused) as caught:
        acm.call("GetCertificate", CertificateArn=pending)
    read = acm.call("GetCertificate", CertificateArn=imported)

    assert caught.value.code == "RequestInProgressException"
    assert read["Certificate"].startswith("-----BEGIN CERTIFICATE-----")
    assert "CertificateChain" not in read


def test_a_used_certificate_names_its_users(acm: Acm) -> None:
    arn = acm.state.certificates[2].arn
    acm.users[arn] = ("arn:lb",)

    assert acm.describe(arn)["InUseBy"] == ["arn:lb"]
    assert [one["InUse"] for one in acm.call("ListCertificates")["CertificateSummaryList"]] == [
        False,
        True,
    ]
