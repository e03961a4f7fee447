"""Reads and checks certificates and keys in PEM, as an import gets them.

https://docs.aws.amazon.com/acm/latest/userguide/import-certificate-prerequisites.html
https://docs.aws.amazon.com/acm/latest/userguide/import-certificate-format.html
"""

import ipaddress
import re
import warnings
from collections.abc import Iterator, Sequence
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from twin.control.acm.model import CertificateContent
from twin.control.document_service import CallRefused
from twin.tls.certificate_files import CertificateMaterial

_E = TypeVar("_E", bound=x509.ExtensionType)

MAX_CHAIN = 10
"""Certificates of a chain that are looked at; the twin's own limit."""
_BEGIN = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----")
_BASE64 = re.compile(rb"[A-Za-z0-9+/=\s]*")
_PARSE_ERRORS = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
_CURVES = {"secp256r1": "EC_prime256v1", "secp384r1": "EC_secp384r1", "secp521r1": "EC_secp521r1"}
_RSA_BITS = (1024, 2048, 3072, 4096)
_KEY_USAGES = {
    "digital_signature": "DIGITAL_SIGNATURE",
    "content_commitment": "NON_REPUDIATION",
    "key_encipherment": "KEY_ENCIPHERMENT",
    "data_encipherment": "DATA_ENCIPHERMENT",
    "key_agreement": "KEY_AGREEMENT",
    "key_cert_sign": "CERTIFICATE_SIGNING",
    "crl_sign": "CRL_SIGNING",
}
CLIENT_AUTH = ExtendedKeyUsageOID.CLIENT_AUTH.dotted_string
_EXTENDED_USAGES = {
    ExtendedKeyUsageOID.SERVER_AUTH.dotted_string: "TLS_WEB_SERVER_AUTHENTICATION",
    CLIENT_AUTH: "TLS_WEB_CLIENT_AUTHENTICATION",
    ExtendedKeyUsageOID.CODE_SIGNING.dotted_string: "CODE_SIGNING",
    ExtendedKeyUsageOID.EMAIL_PROTECTION.dotted_string: "EMAIL_PROTECTION",
    ExtendedKeyUsageOID.TIME_STAMPING.dotted_string: "TIME_STAMPING",
    ExtendedKeyUsageOID.OCSP_SIGNING.dotted_string: "OCSP_SIGNING",
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE.dotted_string: "ANY",
}


def check_material(
    certificate: bytes, private_key: bytes, chain: bytes, now: float
) -> CertificateMaterial:
    """Check everything that an import gives. Raises CallRefused (ValidationException)."""
    leaf, leaf_pem = _read_one(certificate)
    if leaf.version is not x509.Version.v3:
        raise _invalid("The certificate must be an X.509 version 3 certificate.")
    key, key_pem = _read_key(private_key)
    _check_key(key)
    if _public_bytes(key.public_key()) != _public_bytes_of(leaf):
        raise _invalid("The private key does not match the certificate.")
    _check_validity(leaf, now)
    if not _names(leaf):
        raise _invalid("The certificate must contain a fully qualified domain name.")
    issuers = _read_chain(chain)
    _check_chain(leaf, [found for found, _ in issuers])
    return CertificateMaterial(
        certificate=leaf_pem,
        chain="".join(pem for _, pem in issuers),
        private_key=key_pem,
    )


def read_content(certificate: str, chain: str, pem_sha256: str) -> CertificateContent:
    """What a checked certificate says. Raises CallRefused for one that can't be read."""
    try:
        leaf = x509.load_pem_x509_certificate(certificate.encode())
        return CertificateContent(
            certificate=certificate,
            chain=chain,
            pem_sha256=pem_sha256,
            names=_names(leaf),
            serial=_format_serial(leaf.serial_number),
            subject=leaf.subject.rfc4514_string(),
            issuer=_issuer(leaf),
            not_before=leaf.not_valid_before_utc.timestamp(),
            not_after=leaf.not_valid_after_utc.timestamp(),
            key_algorithm=_public_key_algorithm(leaf.public_key()),
            signature_algorithm=_signature_algorithm(leaf),
            key_usages=tuple(_key_usages(leaf)),
            extended_key_usages=_extended_key_usages(leaf),
        )
    except _PARSE_ERRORS as exc:
        raise _unreadable("certificate") from exc


def _invalid(message: str) -> CallRefused:
    return CallRefused("ValidationException", message)


def _unreadable(field: str) -> CallRefused:
    return _invalid(f"Unable to parse {field}. Please ensure the {field} is in PEM format.")


# -- PEM


def _blocks(text: bytes, kind: str) -> list[bytes]:
    """The PEM blocks of a kind; other text between them is skipped, as OpenSSL does."""
    return [block for label, block in _all_blocks(text) if label.decode() == kind]


def _all_blocks(text: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Label and whole text of each block. Each byte is looked at a fixed number of times."""
    for begin in _BEGIN.finditer(text):
        end = text.find(b"-----", begin.end())
        closing = b"-----END " + begin[1] + b"-----"
        if text.startswith(closing, max(end, 0)) and _BASE64.fullmatch(text, begin.end(), end):
            yield begin[1], text[begin.start() : end + len(closing)]


def _read_one(text: bytes) -> tuple[x509.Certificate, str]:
    blocks = _blocks(text, "CERTIFICATE")
    if len(blocks) > 1:
        raise _invalid(
            "The certificate field contains more than one certificate. You can specify only one "
            "certificate in this field."
        )
    if not blocks:
        raise _unreadable("certificate")
    return _parse(blocks[0], "certificate")


def _parse(block: bytes, field: str) -> tuple[x509.Certificate, str]:
    try:
        with warnings.catch_warnings():
            # Of what a later version will refuse.
            warnings.simplefilter("ignore", CryptographyDeprecationWarning)
            found = x509.load_pem_x509_certificate(block)
        # Names and extensions are parsed at their first use.
        _ = _names(found), found.extensions, found.subject.rfc4514_string(), found.issuer
        _ = list(_key_usages(found)), _extended_key_usages(found), found.not_valid_after_utc
    except _PARSE_ERRORS as exc:
        raise _unreadable(field) from exc
    return found, found.public_bytes(serialization.Encoding.PEM).decode("ascii")


def _read_chain(text: bytes) -> list[tuple[x509.Certificate, str]]:
    if not text.strip():
        return []
    blocks = _blocks(text, "CERTIFICATE")
    if not blocks:
        raise _unreadable("certificate chain")
    if len(blocks) > MAX_CHAIN:
        raise _invalid(f"The certificate chain has more than {MAX_CHAIN} certificates.")
    return [_parse(block, "certificate chain") for block in blocks]


def _read_key(text: bytes) -> tuple[rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, str]:
    kinds = ("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY")
    if b"ENCRYPTED" in text:
        raise _invalid("The private key is encrypted. It must not have a passphrase.")
    blocks = [block for kind in kinds for block in _blocks(text, kind)]
    if len(blocks) != 1:
        raise _unreadable("private key")
    try:
        key = serialization.load_pem_private_key(blocks[0], password=None)
        if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            raise _invalid("The private key is not supported.")
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    except _PARSE_ERRORS as exc:
        raise _unreadable("private key") from exc
    return key, pem.decode("ascii")


# -- checks


def _check_key(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> None:
    algorithm = _public_key_algorithm(key.public_key())
    if algorithm not in (*_CURVES.values(), *(f"RSA_{bits}" for bits in _RSA_BITS)):
        raise _invalid("The private key is not supported.")


def _public_key_algorithm(key: object) -> str:
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA_{key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return _CURVES.get(key.curve.name, key.curve.name)
    return type(key).__name__


def _public_bytes(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _public_bytes_of(certificate: x509.Certificate) -> bytes:
    try:
        key = certificate.public_key()
    except _PARSE_ERRORS as exc:
        raise _invalid("The public key of the certificate is not supported.") from exc
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        return b""  # no private key that is supported matches it
    return _public_bytes(key)


def _check_validity(certificate: x509.Certificate, now: float) -> None:
    if certificate.not_valid_before_utc.timestamp() > now:
        raise _invalid("The certificate is not in effect yet, is not valid.")
    if certificate.not_valid_after_utc.timestamp() < now:
        raise _invalid("The certificate has expired, is not valid.")


def _check_chain(leaf: x509.Certificate, issuers: Sequence[x509.Certificate]) -> None:
    """Each certificate of the chain certifies the one before it.

    https://docs.aws.amazon.com/acm/latest/userguide/troubleshoot-import.html
    """
    if not issuers:
        if not _is_issued_by(leaf, leaf):
            raise _invalid(
                "Provided certificate is not a valid self signed. Please provide either a valid "
                "self-signed certificate or certificate chain."
            )
        return
    certified = leaf
    for issuer in issuers:
        if issuer == leaf or not _is_authority(issuer) or not _is_issued_by(certified, issuer):
            raise _invalid("Could not validate the certificate with the certificate chain.")
        certified = issuer


def _is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (*_PARSE_ERRORS, InvalidSignature):
        return False
    return True


def _is_authority(certificate: x509.Certificate) -> bool:
    constraints = _extension(certificate, x509.BasicConstraints)
    return constraints is not None and constraints.ca


# -- what a certificate says


def _extension(certificate: x509.Certificate, kind: type[_E]) -> _E | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    """Its DNS names; without any its addresses, or its common name."""
    found: list[str] = []
    alternatives = _extension(certificate, x509.SubjectAlternativeName)
    if alternatives is not None:
        found = alternatives.get_values_for_type(x509.DNSName) or [
            str(address) for address in alternatives.get_values_for_type(x509.IPAddress)
        ]
    if not found:
        common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        found = [str(name.value) for name in common if _is_host(str(name.value))]
    return tuple(dict.fromkeys(name.lower() for name in found if _is_host(name)))


_HOST = re.compile(r"(\*\.)?([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9-]{1,63}")


def _is_host(name: str) -> bool:
    if len(name) <= 253 and _HOST.fullmatch(name):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _format_serial(number: int) -> str:
    digits = f"{number:x}"
    digits = digits.zfill(len(digits) + len(digits) % 2)
    return ":".join(digits[i : i + 2] for i in range(0, len(digits), 2))


def _issuer(certificate: x509.Certificate) -> str:
    """The organisation, else the common name, as ACM shows it."""
    for oid in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME):
        for attribute in certificate.issuer.get_attributes_for_oid(oid):
            return str(attribute.value)
    return certificate.issuer.rfc4514_string()


def _signature_algorithm(certificate: x509.Certificate) -> str:
    algorithm = certificate.signature_hash_algorithm
    digest = algorithm.name.upper() if algorithm is not None else "UNKNOWN"
    kind = "ECDSA" if "ecdsa" in certificate.signature_algorithm_oid._name.lower() else "RSA"
    return f"{digest}WITH{kind}"


def _key_usages(certificate: x509.Certificate) -> Iterator[str]:
    usage = _extension(certificate, x509.KeyUsage)
    if usage is not None:
        yield from (name for attribute, name in _KEY_USAGES.items() if getattr(usage, attribute))


def _extended_key_usages(certificate: x509.Certificate) -> dict[str, str]:
    usages = _extension(certificate, x509.ExtendedKeyUsage)
    oids = [usage.dotted_string for usage in usages] if usages is not None else []
    return {oid: _EXTENDED_USAGES.get(oid, "CUSTOM") for oid in oids}
