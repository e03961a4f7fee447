"""PEM files of certificates with their keys, named after their content.

A Topology names them by digest, so a file never changes, and is there before the Topology is. Only
the twin's user can read them.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from common.files.atomic_file import write_atomically
from twin.runtime.instance import Instance


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateMaterial:
    """Texts in PEM, of which one file is made."""

    certificate: str
    chain: str
    """What leads from the certificate to its authority; empty for a self-signed one."""
    private_key: str


def save_certificate(instance: Instance, material: CertificateMaterial) -> str:
    """Write a file with these texts; the SHA-256 of it. Raises OSError."""
    parts = (material.certificate, material.chain, material.private_key)
    content = "".join(f"{part.strip()}\n" for part in parts if part.strip()).encode()
    sha = hashlib.sha256(content).hexdigest()
    path = instance.certificate_path(sha)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content, mode=0o600)
    return sha


def remove_certificates(instance: Instance, shas: Collection[str]) -> None:
    """Delete the files of certificates that nothing names any more. Raises OSError."""
    for sha in shas:
        instance.certificate_path(sha).unlink(missing_ok=True)
