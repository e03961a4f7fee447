"""What happens to certificates by itself: validation, issue, renewal, and their end.

A loop looks at the records and at the published DNS zones every LOOK_S, divided by the twin's
speed. A certificate is issued at the look that finds the records of all of its names; AWS takes
minutes. The decisions are in `review_certificate`, which is pure.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from common.clock import Clock
from twin.control.acm.certificate_reader import read_content
from twin.control.acm.dns_validation import ZoneRecords, allows_authority, is_validated
from twin.control.acm.model import (
    AcmState,
    CertificateContent,
    CertificateRecord,
    Renewal,
    ServiceCertificate,
)
from twin.control.acm.usage import find_users, service_names
from twin.control.document_service import CallRefused, DocumentService
from twin.errors import StateCorrupt
from twin.runtime.instance import Instance
from twin.settings import TwinSettings
from twin.tls.authority import (
    DAY_S,
    CertificateAuthority,
    load_authority,
)
from twin.tls.certificate_files import CertificateMaterial, UnusedCertificates, save_certificate
from twin.topology.model import Topology

log = logging.getLogger(__name__)

LOOK_S = 2.0
LEAST_PAUSE_S = 0.05
VALIDATION_TIMEOUT_S = 72 * 3600.0
"""https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html"""
LIFETIME_DAYS = 198
RENEWAL_DAYS = 45
"""https://docs.aws.amazon.com/acm/latest/userguide/managed-renewal.html"""


def review_certificate(
    record: CertificateRecord,
    zones: ZoneRecords,
    *,
    now: float,
    in_use: bool,
    validation_timeout_s: float,
) -> CertificateRecord:
    """The record as it is now, before anything is issued."""
    if record.status == "PENDING_VALIDATION":
        return _review_request(record, zones, now, validation_timeout_s)
    if record.status != "ISSUED" or record.content is None:
        return record
    if now > record.content.not_after:
        return replace(record, status="EXPIRED")
    waits = record.renewal is not None and record.renewal.status == "PENDING_VALIDATION"
    renewable = is_renewable(record, now=now, in_use=in_use)
    if renewable and not waits and not _is_proven(record, zones):
        return replace(record, renewal=Renewal(status="PENDING_VALIDATION", updated_at=now))
    return record


def _review_request(
    record: CertificateRecord, zones: ZoneRecords, now: float, timeout_s: float
) -> CertificateRecord:
    if now - record.created_at > timeout_s:
        return replace(record, status="VALIDATION_TIMED_OUT")
    validations = tuple(
        replace(validation, validated=validation.validated or is_validated(validation, zones))
        for validation in record.validations
    )
    reviewed = replace(record, validations=validations)
    proven = all(validation.validated for validation in validations)
    if proven and not all(allows_authority(name, zones) for name in record.names):
        return replace(reviewed, status="FAILED", failure_reason="CAA_ERROR")
    return reviewed


def is_renewable(record: CertificateRecord, *, now: float, in_use: bool) -> bool:
    """Whether managed renewal is due: only for a certificate of ACM that something uses.

    https://docs.aws.amazon.com/acm/latest/userguide/managed-renewal.html
    """
    return (
        record.type == "AMAZON_ISSUED"
        and record.status == "ISSUED"
        and in_use
        and record.content is not None
        and record.content.not_after - now < RENEWAL_DAYS * DAY_S
    )


def is_due(record: CertificateRecord, zones: ZoneRecords, *, now: float, in_use: bool) -> bool:
    """Whether a reviewed certificate is to be issued now, the first time or again."""
    if record.status == "PENDING_VALIDATION":
        return all(validation.validated for validation in record.validations)
    return is_renewable(record, now=now, in_use=in_use) and _is_proven(record, zones)


def _is_proven(record: CertificateRecord, zones: ZoneRecords) -> bool:
    """Whether the records of all names are still there."""
    return all(is_validated(validation, zones) for validation in record.validations)


def finish_issue(
    record: CertificateRecord, content: CertificateContent, now: float
) -> CertificateRecord:
    """The record with a certificate that was issued for it."""
    if record.status == "PENDING_VALIDATION":
        return replace(record, status="ISSUED", issued_at=now, content=content)
    return replace(record, content=content, renewal=Renewal(status="SUCCESS", updated_at=now))


class CertificateLifecycle:
    """Moves the certificates of a service on."""

    def __init__(
        self,
        service: DocumentService[AcmState],
        *,
        instance: Instance,
        topology: Callable[[], Topology],
        clock: Clock,
        settings: TwinSettings,
    ) -> None:
        """`topology` is the one that is published."""
        self._service = service
        self._instance = instance
        self._topology = topology
        self._clock = clock
        self._settings = settings
        self._unused = UnusedCertificates(instance)
        self._authority: CertificateAuthority | None = None
        self._failed = ""

    async def run(self) -> None:
        """Look for ever."""
        while True:
            try:
                self.authority()  # so that clients can trust it before there is a certificate
                await self.look()
                self._failed = ""
            except (OSError, StateCorrupt, CallRefused) as exc:
                if self._failed != (message := str(exc)):
                    log.error("certificates can't be issued: %s", message)
                self._failed = message
            await self._clock.sleep(max(self._settings.scaled(LOOK_S), LEAST_PAUSE_S))

    def authority(self) -> CertificateAuthority:
        """The twin's authority. Raises OSError, StateCorrupt."""
        if self._authority is None:
            self._authority = load_authority(self._instance, self._clock.now())
        return self._authority

    async def look(self) -> None:
        """Bring all certificates up to date. Raises OSError, StateCorrupt."""
        topology, now = self._topology(), self._clock.now()
        zones = ZoneRecords(topology.route53.zones)
        timeout_s = self._settings.scaled(VALIDATION_TIMEOUT_S)
        due = []
        state = self._service.state
        for record in state.certificates:
            in_use = bool(find_users(topology, record.arn))
            reviewed = review_certificate(
                record, zones, now=now, in_use=in_use, validation_timeout_s=timeout_s
            )
            if reviewed != record:
                state = state.put(reviewed)
            if is_due(reviewed, zones, now=now, in_use=in_use):
                due.append(reviewed)
        self._service.replace_state(state)
        for record in due:
            await self._issue(record)
        for region, name in service_names(topology):
            await self._issue_for_service(region, name)
        self._unused.look(_files(self._service.state), self._clock.monotonic())

    async def _issue(self, record: CertificateRecord) -> None:
        issued = await self._sign(record.names, record.key_algorithm)
        current = self._service.state.find(record.arn)
        if current is None or current.status != record.status:
            return  # deleted or changed during the signature; nobody would remove its key
        sha = save_certificate(self._instance, issued)
        content = read_content(issued.certificate, issued.chain, sha)
        finished = finish_issue(current, content, self._clock.now())
        self._service.replace_state(self._service.state.put(finished))

    async def _issue_for_service(self, region: str, name: str) -> None:
        """A certificate for a name of AWS's own, unless there is one."""
        present = self._service.state.service_certificates
        soon = self._clock.now() + RENEWAL_DAYS * DAY_S
        if any(one.name == name and one.not_after > soon for one in present):
            return
        issued = await self._sign((name,), "EC_prime256v1")
        sha = save_certificate(self._instance, issued)
        content = read_content(issued.certificate, issued.chain, sha)
        made = ServiceCertificate(
            region=region, name=name, pem_sha256=sha, not_after=content.not_after
        )
        others = (c for c in self._service.state.service_certificates if c.name != name)
        self._service.replace_state(
            replace(self._service.state, service_certificates=(*others, made))
        )

    async def _sign(self, names: Sequence[str], algorithm: str) -> CertificateMaterial:
        """In a thread, since an RSA key takes a tenth of a second."""
        return await asyncio.to_thread(
            self.authority().issue,
            names,
            now=self._clock.now(),
            days=LIFETIME_DAYS,
            key_algorithm=algorithm,
        )


def _files(state: AcmState) -> frozenset[str]:
    """Digests of the files that a state names."""
    contents = (record.content for record in state.certificates)
    return frozenset(
        (
            *(content.pem_sha256 for content in contents if content is not None),
            *(own.pem_sha256 for own in state.service_certificates),
        )
    )
