"""PEM files of certificates with their keys, named after their content.

A Topology names them by digest, so a file never changes, and is there before the Topology is. It
stays for some time after it: a Region may still have an older Topology on its way, and would serve
no certificate where it found no file. Only the twin's user can read them.
"""

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass

from common.files.atomic_file import write_atomically
from twin.runtime.instance import Instance

KEPT_S = 60.0
"""Far more than a Region takes to put a Topology in force; real time, never scaled."""
_SHA = re.compile("[0-9a-f]{64}")


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


class UnusedCertificates:
    """Removes the files that nothing names any more, also those of a control that was killed."""

    def __init__(self, instance: Instance) -> None:
        self._folder = instance.certificate_path("").parent
        self._unused_since: dict[str, float] = {}
        """By digest; in seconds of a monotonic clock."""

    def look(self, named: Collection[str], now: float) -> None:
        """Remove what was found unused KEPT_S ago; call it often. Raises OSError."""
        present = {path.stem for path in self._folder.glob("*.pem") if _SHA.fullmatch(path.stem)}
        unused = present.difference(named)
        self._unused_since = {sha: self._unused_since.get(sha, now) for sha in unused}
        for sha, since in self._unused_since.items():
            if now - since >= KEPT_S:
                (self._folder / f"{sha}.pem").unlink(missing_ok=True)
