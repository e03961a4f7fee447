"""Requests, imports and changes of certificates."""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.unit.twin.control.acm.calls import ACCOUNT, REGION, Acm
from tests.x509_factory import MadeCertificate, make_certificate, rsa_key
from twin.control.acm.operations import make_validation
from twin.control.document_service import CallRefused

SERVER, CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH


def refused(call: Callable[..., object], *args: object, **kwargs: object) -> CallRefused:
    with pytest.raises(CallRefused) as caught:
        call(*args, **kwargs)
    return caught.value


def import_made(acm: Acm, made: MadeCertificate, **parameters: object) -> str:
    result = acm.call(
        "ImportCertificate", Certificate=made.pem, PrivateKey=made.key_pem, **parameters
    )
    return str(result["CertificateArn"])


# -- requests


def test_a_request_waits_for_a_record_of_each_name() -> None:
    """https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html"""
    acm = Acm()

    found = acm.describe(acm.request("API.muster.test", "*.muster.test", "api.muster.test"))

    assert found["Status"] == "PENDING_VALIDATION"
    assert found["SubjectAlternativeNames"] == ["api.muster.test", "*.muster.test"]
    records = [option["ResourceRecord"] for option in found["DomainValidationOptions"]]
    assert [record["Type"] for record in records] == ["CNAME", "CNAME"]
    assert records[1]["Name"].endswith(".muster.test.")
    assert records[1]["Value"].endswith(".acm-validations.aws.")


def test_a_name_has_one_record_in_all_regions_and_for_its_wildcard() -> None:
    """https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html"""
    plain, wild = make_validation(ACCOUNT, "a.test"), make_validation(ACCOUNT, "*.a.test")

    assert (plain.record_name, plain.record_value) == (wild.record_name, wild.record_value)
    assert make_validation(ACCOUNT, "b.test").record_value != plain.record_value


def test_a_repeated_request_with_its_token_is_the_same_for_an_hour() -> None:
    """https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html"""
    acm = Acm()
    arn = acm.request("a.test", IdempotencyToken="t")

    assert acm.request("a.test", IdempotencyToken="t") == arn
    assert acm.request("a.test", IdempotencyToken="u") != arn
    assert acm.request("a.test") != arn
    acm.region = "us-west-2"
    assert acm.request("a.test", IdempotencyToken="t") != arn
    acm.region = REGION
    acm.now += 3601
    assert acm.request("a.test", IdempotencyToken="t") != arn


@pytest.mark.parametrize(
    ("parameters", "code", "word"),
    [
        ({"ValidationMethod": "EMAIL"}, "InvalidParameterException", "EMAIL"),
        ({"ValidationMethod": "HTTP"}, "InvalidParameterException", "HTTP"),
        ({"KeyAlgorithm": "RSA_4096"}, "InvalidParameterException", "RSA_4096"),
        (
            {"CertificateAuthorityArn": "arn:aws:acm-pca:x"},
            "InvalidParameterException",
            "private certificate",
        ),
        ({"Tags": [{"Key": "aws:x", "Value": "y"}]}, "InvalidTagException", "aws:x"),
        ({"Tags": [{"Key": f"k{n}"} for n in range(51)]}, "TooManyTagsException", "51"),
        (
            {"SubjectAlternativeNames": [f"{n}.test" for n in range(10)]},
            "LimitExceededException",
            "11",
        ),
        (
            {"DomainValidationOptions": [{"DomainName": "b.test", "ValidationDomain": "b.test"}]},
            "InvalidDomainValidationOptionsException",
            "b.test",
        ),
    ],
)
def test_a_request_that_can_not_be_served_is_refused(
    parameters: dict[str, object], code: str, word: str
) -> None:
    acm = Acm()
    given = {"DomainName": "a.test", "ValidationMethod": "DNS", **parameters}

    error = refused(acm.call, "RequestCertificate", **given)

    assert error.code == code
    assert word in error.message
    assert acm.state.certificates == ()


def test_a_request_without_a_method_would_be_by_email() -> None:
    error = refused(Acm().call, "RequestCertificate", DomainName="a.test")

    assert "ValidationMethod DNS" in error.message


# -- importing certificates


def test_an_imported_certificate_is_issued_at_once() -> None:
    acm = Acm()

    found = acm.describe(import_made(acm, make_certificate("a.test", key=rsa_key(2048))))

    assert (found["Status"], found["Type"]) == ("ISSUED", "IMPORTED")
    assert (found["KeyAlgorithm"], found["RenewalEligibility"]) == ("RSA-2048", "INELIGIBLE")
    assert "DomainValidationOptions" not in found
    assert len(acm.saved) == 1
    assert "PRIVATE KEY" not in repr(acm.state)


def test_a_reimport_keeps_the_arn_and_the_tags() -> None:
    """https://docs.aws.amazon.com/acm/latest/userguide/import-reimport.html"""
    acm = Acm()
    arn = import_made(acm, make_certificate("a.test"), Tags=[{"Key": "a", "Value": "b"}])
    before = acm.describe(arn)

    again = import_made(acm, make_certificate("a.test", "b.test"), CertificateArn=arn)

    after = acm.describe(arn)
    assert again == arn
    assert after["Serial"] != before["Serial"]
    assert after["SubjectAlternativeNames"] == ["a.test", "b.test"]
    assert acm.call("ListTagsForCertificate", CertificateArn=arn)["Tags"] == [
        {"Key": "a", "Value": "b"}
    ]


@pytest.mark.parametrize(
    ("after", "problem"),
    [
        (make_certificate("a.test", key=ec.generate_private_key(ec.SECP384R1())), "key type"),
        (make_certificate("b.test"), "domain names"),
        (make_certificate("a.test", usages=(CLIENT,)), "Extended key usages"),
        (make_certificate("a.test", usages=(SERVER,)), ""),
    ],
)
def test_a_reimport_keeps_key_type_a_name_and_usages(after: MadeCertificate, problem: str) -> None:
    """https://docs.aws.amazon.com/acm/latest/userguide/import-reimport.html"""
    acm = Acm()
    arn = import_made(acm, make_certificate("a.test", usages=(SERVER, CLIENT)))

    if not problem:
        assert import_made(acm, after, CertificateArn=arn) == arn
        return
    error = refused(import_made, acm, after, CertificateArn=arn)
    assert error.code == "ValidationException"
    assert problem in error.message


def test_only_an_imported_certificate_is_imported_again_and_without_tags() -> None:
    acm = Acm()
    made = make_certificate("a.test")
    requested, imported = acm.request("a.test"), import_made(acm, made)

    not_imported = refused(import_made, acm, made, CertificateArn=requested)
    tagged = refused(
        import_made, acm, made, CertificateArn=imported, Tags=[{"Key": "a", "Value": "b"}]
    )

    assert "not an imported" in not_imported.message
    assert tagged.message == "Tagging is not permitted on re-import."


# -- the rest


def test_a_certificate_in_use_stays() -> None:
    """https://docs.aws.amazon.com/acm/latest/APIReference/API_DeleteCertificate.html"""
    acm = Acm()
    arn = acm.request("a.test")
    acm.users[arn] = ("arn:aws:elasticloadbalancing:x",)

    assert refused(acm.call, "DeleteCertificate", CertificateArn=arn).code == (
        "ResourceInUseException"
    )
    acm.users.clear()
    acm.call("DeleteCertificate", CertificateArn=arn)

    assert acm.state.certificates == ()


def test_a_certificate_is_known_in_its_region_alone() -> None:
    acm = Acm()
    arn = acm.request("a.test")
    acm.region = "us-west-2"

    error = refused(acm.describe, arn)

    assert error.code == "ResourceNotFoundException"
    assert arn in error.message
    assert refused(acm.describe, "certificate-7").code == "InvalidArnException"


def test_a_tag_goes_by_its_key_or_by_key_and_value() -> None:
    """https://docs.aws.amazon.com/acm/latest/APIReference/API_RemoveTagsFromCertificate.html"""
    acm = Acm()
    arn = acm.request("a.test", Tags=[{"Key": key, "Value": "1"} for key in "abc"])
    acm.call("AddTagsToCertificate", CertificateArn=arn, Tags=[{"Key": "d"}])

    acm.call(
        "RemoveTagsFromCertificate",
        CertificateArn=arn,
        Tags=[{"Key": "a"}, {"Key": "b", "Value": "2"}, {"Key": "c", "Value": "1"}],
    )

    tags = acm.call("ListTagsForCertificate", CertificateArn=arn)["Tags"]
    assert tags == [{"Key": "b", "Value": "1"}, {"Key": "d", "Value": ""}]


def test_transparency_logging_can_be_switched_off_for_a_certificate_of_acm() -> None:
    """https://docs.aws.amazon.com/acm/latest/APIReference/API_UpdateCertificateOptions.html"""
    acm = Acm()
    requested = acm.request("a.test")
    imported = import_made(acm, make_certificate("a.test"))
    off = {"CertificateTransparencyLoggingPreference": "DISABLED"}

    acm.call("UpdateCertificateOptions", CertificateArn=requested, Options=off)
    error = refused(acm.call, "UpdateCertificateOptions", CertificateArn=imported, Options=off)

    assert acm.describe(requested)["Options"]["CertificateTransparencyLoggingPreference"] == (
        "DISABLED"
    )
    assert error.code == "InvalidStateException"


def test_nothing_is_renewed_by_hand_and_no_mail_is_sent() -> None:
    """https://docs.aws.amazon.com/acm/latest/APIReference/API_RenewCertificate.html"""
    acm = Acm()
    requested = acm.request("a.test")
    imported = import_made(acm, make_certificate("a.test"))

    pending = refused(acm.call, "RenewCertificate", CertificateArn=requested)
    foreign = refused(acm.call, "RenewCertificate", CertificateArn=imported)
    mail = refused(
        acm.call,
        "ResendValidationEmail",
        CertificateArn=requested,
        Domain="a.test",
        ValidationDomain="a.test",
    )

    assert (pending.code, foreign.code) == ("RequestInProgressException", "ValidationException")
    assert mail.code == "InvalidStateException"
