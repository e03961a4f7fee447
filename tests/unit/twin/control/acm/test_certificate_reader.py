"""What ACM takes as a certificate, a chain and a key."""

import contextlib
import datetime
import random
import time
from collections.abc import Callable
from functools import partial

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.x509_factory import MadeCertificate, make_certificate, rsa_key
from twin.control.acm.certificate_reader import check_material, read_content
from twin.control.document_service import CallRefused

NOW = 1_800_014_400.0
"""In January 2027."""
DAY = datetime.timedelta(days=1)
TODAY = datetime.datetime.fromtimestamp(NOW, datetime.UTC)
ROOT = make_certificate(authority=True)
MIDDLE = make_certificate(authority=True, issuer=ROOT, common_name="middle")
LEAF = make_certificate("a.test", "*.b.test", issuer=MIDDLE)
SELF_SIGNED = make_certificate("a.test")


def check(certificate: bytes, key: bytes, chain: bytes = b"") -> str:
    """What ACM says; empty for material that it takes."""
    try:
        check_material(certificate, key, chain, NOW)
    except CallRefused as refused:
        return refused.message if refused.code == "ValidationException" else refused.code
    return ""


def check_made(made: MadeCertificate, chain: bytes = b"") -> str:
    return check(made.pem, made.key_pem, chain)


def test_a_self_signed_certificate_needs_no_chain() -> None:
    """https://docs.aws.amazon.com/acm/latest/userguide/import-certificate-prerequisites.html"""
    assert check_made(SELF_SIGNED) == ""


@pytest.mark.parametrize("chain", [MIDDLE.pem, MIDDLE.pem + ROOT.pem, b"text\n" + MIDDLE.pem])
def test_a_chain_certifies_the_one_before(chain: bytes) -> None:
    """https://docs.aws.amazon.com/acm/latest/userguide/troubleshoot-import.html"""
    assert check_made(LEAF, chain) == ""


@pytest.mark.parametrize(
    "chain",
    [
        ROOT.pem,
        ROOT.pem + MIDDLE.pem,
        LEAF.pem + MIDDLE.pem,
        make_certificate(authority=True, common_name="middle").pem,
        make_certificate(issuer=ROOT, common_name="middle").pem,
    ],
)
def test_a_chain_that_does_not_is_refused(chain: bytes) -> None:
    assert check_made(LEAF, chain) == (
        "Could not validate the certificate with the certificate chain."
    )


def test_without_a_chain_a_certificate_signs_itself() -> None:
    assert check_made(LEAF) == (
        "Provided certificate is not a valid self signed. Please provide either a valid "
        "self-signed certificate or certificate chain."
    )


def test_the_certificate_field_has_one_certificate() -> None:
    """https://github.com/hashicorp/terraform-provider-aws/issues/19400"""
    assert check(LEAF.pem + MIDDLE.pem, LEAF.key_pem) == (
        "The certificate field contains more than one certificate. You can specify only one "
        "certificate in this field."
    )


@pytest.mark.parametrize("text", [b"x", LEAF.key_pem, LEAF.pem[:-40], LEAF.pem.replace(b"M", b"%")])
def test_what_is_no_pem_is_refused(text: bytes) -> None:
    """https://docs.aws.amazon.com/acm/latest/userguide/import-certificate-format.html"""
    please = "Please ensure the {0} is in PEM format."

    assert please.format("certificate") in check(text, LEAF.key_pem)
    assert please.format("certificate chain") in check(LEAF.pem, LEAF.key_pem, text)


@pytest.mark.parametrize(
    "text",
    [
        b"-----BEGIN CERTIFICATE-----" + b" " * 60_000,
        b"-----BEGIN CERTIFICATE-----" * 1_000 + b"\n" * 30_000,
    ],
)
def test_the_time_to_refuse_a_text_grows_with_its_length_alone(text: bytes) -> None:
    started = time.process_time()

    assert "Unable to parse certificate chain." in check(LEAF.pem, LEAF.key_pem, text)

    assert time.process_time() - started < 1.0


def test_text_around_blocks_is_skipped() -> None:
    """https://docs.aws.amazon.com/acm/latest/userguide/import-certificate-format.html"""
    noise = b"-----BEGIN CERTIFICATE-----\nsubject: a-b\n"

    assert check(noise + LEAF.pem + b"-----BEGIN", LEAF.key_pem, noise + MIDDLE.pem) == ""


def test_der_is_refused() -> None:
    der = LEAF.x509.public_bytes(serialization.Encoding.DER)

    assert "Unable to parse certificate." in check(der, LEAF.key_pem)
    assert "Unable to parse private key." in check(LEAF.pem, der)


def test_the_key_is_the_certificates() -> None:
    other = make_certificate("a.test")

    assert check(SELF_SIGNED.pem, other.key_pem) == (
        "The private key does not match the certificate."
    )


def test_a_key_with_a_passphrase_is_refused() -> None:
    locked = SELF_SIGNED.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )

    assert "passphrase" in check(SELF_SIGNED.pem, locked)


@pytest.mark.parametrize(
    "make_key",
    [
        ed25519.Ed25519PrivateKey.generate,
        partial(ec.generate_private_key, ec.SECP256K1()),
        partial(rsa_key, 1536),
    ],
)
def test_other_algorithms_and_sizes_are_refused(
    make_key: Callable[[], CertificateIssuerPrivateKeyTypes],
) -> None:
    made = make_certificate("a.test", key=make_key())

    assert check_made(made) == "The private key is not supported."


@pytest.mark.parametrize(
    ("begin", "end", "problem"),
    [
        (TODAY - 2 * DAY, TODAY - DAY, "has expired"),
        (TODAY + DAY, TODAY + 2 * DAY, "not in effect yet"),
    ],
)
def test_a_certificate_is_valid_when_it_is_imported(
    begin: datetime.datetime, end: datetime.datetime, problem: str
) -> None:
    """https://docs.aws.amazon.com/acm/latest/userguide/import-certificate-prerequisites.html"""
    assert problem in check_made(make_certificate("a.test", begin=begin, end=end))


def test_a_certificate_names_a_host() -> None:
    assert "domain name" in check_made(make_certificate(common_name="No host at all"))
    assert check_made(make_certificate(common_name="a.test")) == ""


def test_an_ec_key_may_have_its_parameters_before_it() -> None:
    """https://docs.aws.amazon.com/acm/latest/userguide/import-certificate-format.html"""
    old_style = SELF_SIGNED.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    parameters = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"

    assert check(SELF_SIGNED.pem, parameters + old_style) == ""


def test_what_a_certificate_says() -> None:
    usages = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CODE_SIGNING)
    made = make_certificate("A.test", "*.b.test", key=rsa_key(2048), issuer=ROOT, usages=usages)

    content = read_content(made.pem.decode(), "", "sha")

    assert content.names == ("a.test", "*.b.test")
    assert (content.subject, content.issuer) == ("CN=A.test", "authority")
    assert int(content.serial.replace(":", ""), 16) == made.x509.serial_number
    assert (content.key_algorithm, content.signature_algorithm) == ("RSA_2048", "SHA256WITHECDSA")
    assert content.not_before == made.x509.not_valid_before_utc.timestamp()
    assert content.extended_key_usages == {
        "1.3.6.1.5.5.7.3.1": "TLS_WEB_SERVER_AUTHENTICATION",
        "1.3.6.1.5.5.7.3.3": "CODE_SIGNING",
    }


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**32), which=st.sampled_from(["certificate", "chain", "key"]))
def test_changed_bytes_are_taken_or_refused_and_nothing_else(seed: int, which: str) -> None:
    rng = random.Random(seed)
    parts = {"certificate": LEAF.pem, "chain": MIDDLE.pem + ROOT.pem, "key": LEAF.key_pem}
    changed = bytearray(parts[which])
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(changed))
        if rng.random() < 0.3:
            del changed[at : at + rng.randint(1, 80)]
        else:
            changed[at] = rng.choice(b"AZaz09+/=-\n \x00\xff")
    parts[which] = bytes(changed)

    with contextlib.suppress(CallRefused):
        check_material(parts["certificate"], parts["key"], parts["chain"], NOW)
