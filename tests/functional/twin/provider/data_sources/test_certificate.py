"""Certificates that exist already, found with a control process."""

import grpc
import pytest

from tests.functional.twin.provider.driver import Driver
from tests.functional.twin.provider.resources.test_acm import CERTIFICATE, driver, imported
from tests.x509_factory import make_certificate
from twin.provider.values import Properties

__all__ = ["driver"]
TOKEN = "aws:acm/getCertificate:getCertificate"
EC = {"keyTypes": ["EC_prime256v1"]}


def test_a_certificate_is_found_by_its_domain_or_its_tags(driver: Driver) -> None:
    made = make_certificate("found.test")
    args: Properties = {**imported(made), "tags": {"name": "found"}}
    certificate = driver.create(CERTIFICATE, "found", args)

    by_domain = driver.invoke(TOKEN, {"domain": "found.test", **EC})
    by_tags = driver.invoke(TOKEN, {"tags": {"name": "found"}, **EC, "types": ["IMPORTED"]})

    assert by_domain["arn"] == by_tags["arn"] == certificate.id
    assert by_domain["certificate"] == made.pem.decode()
    assert (by_domain["status"], by_domain["tags"]) == ("ISSUED", {"name": "found"})


def test_what_is_not_there_or_not_unique_is_told(driver: Driver) -> None:
    """https://docs.aws.amazon.com/acm/latest/APIReference/API_Filters.html"""
    for number in range(2):
        driver.create(CERTIFICATE, f"twice {number}", imported(make_certificate("twice.test")))

    with pytest.raises(grpc.RpcError, match="no certificate of ACM"):
        driver.invoke(TOKEN, {"domain": "none.test", **EC})
    with pytest.raises(grpc.RpcError, match="no certificate of ACM"):
        driver.invoke(TOKEN, {"domain": "twice.test"})  # keys of other types are not listed
    with pytest.raises(grpc.RpcError, match="mostRecent"):
        driver.invoke(TOKEN, {"domain": "twice.test", **EC})
    with pytest.raises(grpc.RpcError, match="domain or tags"):
        driver.invoke(TOKEN, {})
    found = driver.invoke(TOKEN, {"domain": "twice.test", **EC, "mostRecent": True})
    assert found["domain"] == "twice.test"


def test_a_pending_certificate_has_no_texts(driver: Driver) -> None:
    args = {"domainName": "pending.test", "validationMethod": "DNS"}
    driver.create(CERTIFICATE, "pending", args)

    found = driver.invoke(
        TOKEN, {"domain": "pending.test", "statuses": ["PENDING_VALIDATION", "ISSUED"]}
    )

    assert (found["status"], found["certificate"]) == ("PENDING_VALIDATION", "")
