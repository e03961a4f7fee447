"""Certificates and keys for tests, good ones and wrong ones."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from twin.tls.certificate_files import CertificateMaterial

BEGIN = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
END = datetime.datetime(2120, 1, 1, tzinfo=datetime.UTC)
SERVER_AUTH = ExtendedKeyUsageOID.SERVER_AUTH


@dataclass(frozen=True, slots=True)
class MadeCertificate:
    """A certificate and its key."""

    x509: x509.Certificate
    key: CertificateIssuerPrivateKeyTypes

    @property
    def pem(self) -> bytes:
        return self.x509.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    @property
    def material(self) -> CertificateMaterial:
        """For a file of the twin."""
        return CertificateMaterial(
            certificate=self.pem.decode(), chain="", private_key=self.key_pem.decode()
        )


@cache
def rsa_key(bits: int, which: int = 0) -> rsa.RSAPrivateKey:
    """RSA keys are slow to make: number `which` of a size is always the same."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def make_certificate(
    *names: str,
    key: CertificateIssuerPrivateKeyTypes | None = None,
    issuer: MadeCertificate | None = None,
    begin: datetime.datetime = BEGIN,
    end: datetime.datetime = END,
    authority: bool = False,
    common_name: str | None = None,
    usages: Sequence[ObjectIdentifier] = (SERVER_AUTH,),
) -> MadeCertificate:
    """A certificate for these names; without an `issuer` it signs itself."""
    own_key = key or ec.generate_private_key(ec.SECP256R1())
    text = common_name if common_name is not None else (names[0] if names else "authority")
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)] if text else [])
    signer = issuer.key if issuer is not None else own_key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.x509.subject if issuer is not None else subject)
        .public_key(own_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if names:
        alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        builder = builder.add_extension(alternatives, critical=False)
    if usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    digest = None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return MadeCertificate(builder.sign(signer, digest), own_key)
