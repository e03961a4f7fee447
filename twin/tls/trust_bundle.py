"""The files that let clients trust the twin: `.twin/ca.pem`, and a bundle with the machine's own.

Most programs take one file instead of their usual one. So the bundle has what the machine trusts,
and the twin's certificate at its end: nothing that was trusted is lost. Variables that a user has
set to another file are taken care of by `.twin/env` (tools.local.shell).
"""

import ssl
from collections.abc import Sequence
from pathlib import Path

import certifi

from common.atomic_file import write_atomically
from twin.runtime.instance import Instance

SYSTEM_BUNDLES = (
    ssl.get_default_verify_paths().openssl_cafile,
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
"""Where distributions keep theirs; the environment, which may name the twin's, is not asked."""


def write_trust_files(
    instance: Instance, authority: str, bundles: Sequence[str] = SYSTEM_BUNDLES
) -> None:
    """Write both files, unless they are as they should be. `authority` in PEM. Raises OSError."""
    _write_if_changed(instance.ca_path, authority)
    _write_if_changed(instance.ca_bundle_path, f"{_read_system(bundles).rstrip()}\n{authority}")


def _read_system(bundles: Sequence[str]) -> str:
    """What this machine trusts; Mozilla's list where no bundle can be read."""
    for bundle in bundles:
        try:
            text = Path(bundle).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        if "BEGIN CERTIFICATE" in text:
            return text
    return certifi.contents()


def _write_if_changed(path: Path, text: str) -> None:
    try:
        if path.read_text(encoding="utf-8") == text:
            return
    except (OSError, UnicodeDecodeError):
        pass  # it is written anew
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, text, mode=0o644)
