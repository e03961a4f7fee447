"""The state of Certificate Manager: one immutable document. Private keys are not in it."""

from dataclasses import dataclass, field, replace
from typing import Literal

from twin.control.document_service import CallRefused

CertificateStatus = Literal[
    "PENDING_VALIDATION", "ISSUED", "EXPIRED", "VALIDATION_TIMED_OUT", "FAILED"
]
CertificateType = Literal["AMAZON_ISSUED", "IMPORTED"]
RenewalStatus = Literal["PENDING_AUTO_RENEWAL", "PENDING_VALIDATION", "SUCCESS", "FAILED"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateContent:
    """What an X.509 certificate says, and where its file is."""

    certificate: str
    """PEM."""
    chain: str
    """PEM; empty for a self-signed one."""
    pem_sha256: str
    """Hexadecimal; with its key it is at `Instance.certificate_path(pem_sha256)`."""
    names: tuple[str, ...]
    """Domain names in lower case."""
    serial: str
    """`0a:1b:...`."""
    subject: str
    issuer: str
    not_before: float
    """Seconds since 1970, as `not_after`."""
    not_after: float
    key_algorithm: str
    """`RSA_2048`, `EC_prime256v1`, ..."""
    signature_algorithm: str
    """`SHA256WITHRSA`, ..."""
    key_usages: tuple[str, ...] = ()
    """By ACM's names."""
    extended_key_usages: dict[str, str] = field(default_factory=dict)
    """OID -> ACM's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainValidation:
    """The proof that the owner of a name wants the certificate."""

    domain: str
    record_name: str
    """Of the CNAME record, absolute, with its final dot."""
    record_value: str
    validated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """The last managed renewal."""

    status: RenewalStatus
    updated_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRecord:
    """A certificate, from its request on."""

    arn: str
    region: str
    type: CertificateType
    status: CertificateStatus
    domain_name: str
    names: tuple[str, ...]
    """With the domain name, which is the first."""
    created_at: float
    """Seconds since 1970, as all times."""
    issued_at: float | None = None
    imported_at: float | None = None
    key_algorithm: str
    validations: tuple[DomainValidation, ...] = ()
    """One for each name; none for an imported one."""
    idempotency_token: str = ""
    transparency_logging: bool = True
    exportable: bool = False
    failure_reason: str = ""
    renewal: Renewal | None = None
    content: CertificateContent | None = None
    """None until it is issued."""
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCertificate:
    """A certificate for names that AWS owns. The API does not show it."""

    region: str
    name: str
    """`*.execute-api.REGION.amazonaws.com`."""
    pem_sha256: str
    not_after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AcmState:
    """Everything that Certificate Manager knows."""

    certificates: tuple[CertificateRecord, ...] = ()
    """In the order of their creation."""
    service_certificates: tuple[ServiceCertificate, ...] = ()

    def find(self, arn: str) -> CertificateRecord | None:
        return next((record for record in self.certificates if record.arn == arn), None)

    def get(self, arn: str, region: str, account: str) -> CertificateRecord:
        """A Region's certificate. Raises CallRefused."""
        if not arn.startswith("arn:") or ":acm:" not in arn:
            raise CallRefused("InvalidArnException", f"{arn} is not a valid ARN")
        record = self.find(arn)
        if record is None or record.region != region:
            raise CallRefused(
                "ResourceNotFoundException",
                f"Could not find certificate {arn} in account {account}.",
            )
        return record

    def add(self, record: CertificateRecord) -> "AcmState":
        return replace(self, certificates=(*self.certificates, record))

    def remove(self, arn: str) -> "AcmState":
        kept = tuple(record for record in self.certificates if record.arn != arn)
        return replace(self, certificates=kept)

    def put(self, record: CertificateRecord) -> "AcmState":
        """The state with a new version of a certificate; the same state if it is gone."""
        changed = tuple(record if r.arn == record.arn else r for r in self.certificates)
        return replace(self, certificates=changed)
