"""The twin's certificate authority (CA), which signs the certificates that its ACM issues.

Each twin makes one at its first need, and keeps it. Certificate and key are in one file of the
state that only the twin's user can read; the certificate alone is in `.twin/ca.pem`, for clients.
Only control signs: the other processes get finished PEM files (`Instance.certificate_path`).
"""

import contextlib
import datetime
import os
import tempfile
from collections.abc import Sequence

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from common.files.regular_file import read_regular_file
from twin.errors import StateCorrupt
from twin.runtime.instance import Instance
from twin.tls.certificate_files import CertificateMaterial
from twin.tls.trust_bundle import write_trust_files

DAY_S = 86400.0
AUTHORITY_DAYS = 3650
MAX_COMMON_NAME = 64
"""RFC 5280, ub-common-name: a longer name is in the subject alternative names only."""
KEY_ALGORITHMS = ("RSA_2048", "EC_prime256v1", "EC_secp384r1")
"""Of certificates that ACM issues, by ACM's names:
https://docs.aws.amazon.com/acm/latest/userguide/acm-certificate-characteristics.html"""

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class CertificateAuthority:
    """A key that signs certificates."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        """Use `load_authority`."""
        self._certificate = certificate
        self._key = key

    @property
    def pem(self) -> str:
        """The authority's own certificate."""
        return _certificate_pem(self._certificate)

    def issue(
        self, names: Sequence[str], *, now: float, days: int, key_algorithm: str = "EC_prime256v1"
    ) -> CertificateMaterial:
        """Make a key and a certificate for these names, valid for `days` from today's midnight.

        `now` in seconds since 1970; `key_algorithm` is one of KEY_ALGORITHMS. An RSA key takes
        about a tenth of a second.
        """
        key = _generate_key(key_algorithm)
        begin = datetime.datetime.fromtimestamp(now - now % DAY_S, datetime.UTC)
        end = begin + datetime.timedelta(days=days, seconds=-1)
        common = [name for name in names if len(name) <= MAX_COMMON_NAME][:1]
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name) for name in common])
        usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = (
            _new_certificate(subject, self._certificate.subject, key, begin, end)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(encipherment=isinstance(key, rsa.RSAPrivateKey)), True)
            .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
            .add_extension(
                x509.SubjectAlternativeName([x509.DNSName(name) for name in names]),
                critical=not common,
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), False
            )
        )
        return CertificateMaterial(
            certificate=_certificate_pem(builder.sign(self._key, hashes.SHA256())),
            chain=self.pem,
            private_key=_key_pem(key),
        )


def load_authority(instance: Instance, now: float) -> CertificateAuthority:
    """The twin's authority; made at the first call, with the files that let clients trust it.

    Raises StateCorrupt, OSError.
    """
    path = instance.authority_path
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Several processes may do this at once; the first one's authority is everybody's.
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.") as draft:
            draft.write(_make_authority(now).encode())
            draft.flush()
            with contextlib.suppress(FileExistsError):
                os.link(draft.name, path)
    try:
        content = read_regular_file(path)
        certificate = x509.load_pem_x509_certificate(content)
        key = serialization.load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as exc:
        raise StateCorrupt(f"{path}: {exc}; delete it, and the twin makes another one") from exc
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise StateCorrupt(f"{path}: not a key of the twin; delete it")
    authority = CertificateAuthority(certificate, key)
    write_trust_files(instance, authority.pem)
    return authority


def _make_authority(now: float) -> str:
    """A new authority's certificate and key."""
    key = ec.generate_private_key(ec.SECP256R1())
    begin = datetime.datetime.fromtimestamp(now - now % DAY_S, datetime.UTC)
    end = begin + datetime.timedelta(days=AUTHORITY_DAYS)
    serial = x509.random_serial_number()
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "twin, for tests on one machine"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Twin CA {serial % 2**32:08x}"),
        ]
    )
    certificate = (
        _new_certificate(name, name, key, begin, end)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return _certificate_pem(certificate) + _key_pem(key)


def _new_certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: PrivateKey,
    begin: datetime.datetime,
    end: datetime.datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _key_usage(*, encipherment: bool = False, signs_certificates: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=encipherment,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _generate_key(algorithm: str) -> PrivateKey:
    if algorithm == "RSA_2048":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(
        ec.SECP384R1() if algorithm == "EC_secp384r1" else ec.SECP256R1()
    )


def _certificate_pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")


def _key_pem(key: PrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode("ascii")
