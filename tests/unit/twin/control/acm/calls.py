"""Calls of Certificate Manager's operations without a process."""

import random
from collections.abc import Mapping
from typing import Any

from twin.control.acm.documents import read_operations
from twin.control.acm.model import AcmState
from twin.control.acm.operations import CertificateOperations
from twin.control.document_service import CallContext, Operation
from twin.tls.certificate_files import CertificateMaterial

ACCOUNT = "123456789012"
REGION = "eu-central-1"
NOW = 1_800_000_000.0


class Acm:
    """The operations on a state of their own."""

    def __init__(self) -> None:
        self.state = AcmState()
        self.now = NOW
        self.region = REGION
        self.users: dict[str, tuple[str, ...]] = {}
        self.saved: list[str] = []
        self._rng = random.Random(1)
        operations = CertificateOperations(
            save=self.save,
            find_users=self.find_users,
        )
        self._operations: Mapping[str, Operation[AcmState]] = {
            **operations.by_name(),
            **read_operations(self.find_users),
        }

    def save(self, material: CertificateMaterial) -> str:
        self.saved.append(material.private_key)
        return "sha"

    def find_users(self, arn: str) -> tuple[str, ...]:
        return self.users.get(arn, ())

    def call(self, operation: str, **parameters: object) -> dict[str, Any]:
        """Raises CallRefused."""
        context = CallContext(account=ACCOUNT, region=self.region, now=self.now, rng=self._rng)
        self.state, result = self._operations[operation](self.state, context, parameters)
        return dict(result)

    def request(self, *names: str, **parameters: object) -> str:
        """Request a certificate; its ARN."""
        first, *others = names
        more = {"SubjectAlternativeNames": others} if others else {}
        made = self.call(
            "RequestCertificate", DomainName=first, ValidationMethod="DNS", **more, **parameters
        )
        return str(made["CertificateArn"])

    def describe(self, arn: str) -> dict[str, Any]:
        found: dict[str, Any] = self.call("DescribeCertificate", CertificateArn=arn)["Certificate"]
        return found
