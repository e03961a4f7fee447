"""The twin's certificate authority, with its files."""

import datetime
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from twin.errors import StateCorrupt
from twin.runtime.instance import Instance
from twin.tls.authority import CertificateAuthority, load_authority

NOON = 1_800_014_400.0
"""2027-01-15, 12:00 UTC."""


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance(tmp_path / ".twin", 0)


@pytest.fixture
def authority(instance: Instance) -> CertificateAuthority:
    return load_authority(instance, NOON)


def test_an_authority_is_made_once_and_kept(instance: Instance) -> None:
    made = load_authority(instance, NOON)

    again = load_authority(instance, NOON + 10**7)

    assert again.pem == made.pem
    assert instance.ca_path.read_text() == made.pem


def test_only_its_user_can_read_the_key_which_is_in_the_state_alone(
    instance: Instance, authority: CertificateAuthority
) -> None:
    mode = stat.S_IMODE(instance.authority_path.stat().st_mode)

    assert mode == 0o600
    assert "PRIVATE KEY" in instance.authority_path.read_text()
    assert "PRIVATE KEY" not in instance.ca_path.read_text()


def test_a_lost_ca_file_is_written_again(
    instance: Instance, authority: CertificateAuthority
) -> None:
    instance.ca_path.unlink()

    load_authority(instance, NOON)

    assert instance.ca_path.read_text() == authority.pem


def test_a_damaged_authority_is_named(instance: Instance) -> None:
    load_authority(instance, NOON)
    instance.authority_path.write_text("no PEM")

    with pytest.raises(StateCorrupt, match=r"authority\.pem.*delete it"):
        load_authority(instance, NOON)


@pytest.mark.parametrize(
    ("algorithm", "kind", "bits"),
    [
        ("RSA_2048", rsa.RSAPublicKey, 2048),
        ("EC_prime256v1", ec.EllipticCurvePublicKey, 256),
        ("EC_secp384r1", ec.EllipticCurvePublicKey, 384),
    ],
)
def test_an_issued_certificate_has_the_names_the_algorithm_and_the_days(
    authority: CertificateAuthority, algorithm: str, kind: type, bits: int
) -> None:
    names = ["api.muster.test", "*.muster.test"]

    issued = authority.issue(names, now=NOON, days=198, key_algorithm=algorithm)

    certificate = x509.load_pem_x509_certificate(issued.certificate.encode())
    key = serialization.load_pem_private_key(issued.private_key.encode(), password=None)
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(issued.chain.encode()))
    public = certificate.public_key()
    assert isinstance(public, kind)
    assert getattr(public, "key_size", 0) == bits
    assert key.public_key() == public
    alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert alternatives.value.get_values_for_type(x509.DNSName) == names
    midnight = datetime.datetime(2027, 1, 15, tzinfo=datetime.UTC)
    assert certificate.not_valid_before_utc == midnight
    end = midnight + datetime.timedelta(days=198, seconds=-1)
    assert certificate.not_valid_after_utc == end


def test_a_name_too_long_for_a_common_name_is_an_alternative_name(
    authority: CertificateAuthority,
) -> None:
    """RFC 5280: a certificate without a subject has critical alternative names."""
    name = f"{'a' * 62}.muster.test"

    issued = authority.issue([name], now=NOON, days=1)

    certificate = x509.load_pem_x509_certificate(issued.certificate.encode())
    alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert not certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert alternatives.critical
