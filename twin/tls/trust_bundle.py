"""The files that let clients trust the twin: `.twin/ca.pem`, and a bundle with the machine's own.

Most programs take one file instead of their usual one. So the bundle has what the machine trusts,
and the twin's certificate at its end: nothing that was trusted is lost. Variables that a user has
set to another file are taken care of by `.twin/env` (tools.local.shell.environment_file).
"""

import ssl
from collections.abc import Sequence
from pathlib import Path

import certifi

from common.files.atomic_file import write_atomically
from common.files.regular_file import read_regular_file
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

OWN_FILE_PREFIX = "ca-of-"
"""Of copies of the files that a user's variables name."""


def write_trust_files(
    instance: Instance, authority: str, bundles: Sequence[str] = SYSTEM_BUNDLES
) -> None:
    """Write both files, unless they are as they should be. `authority` in PEM. Raises OSError.

    In copies of a user's own files, which `.twin/env` has made, a new authority takes the place of
    the one before: shells that use them go on.
    """
    before = _read_text(instance.ca_path)
    if before and before != authority:
        for copy in instance.home.glob(f"{OWN_FILE_PREFIX}*.pem"):
            _write_if_changed(copy, _read_text(copy).replace(before, authority))
    _write_if_changed(instance.ca_path, authority)
    _write_if_changed(instance.ca_bundle_path, f"{_read_system(bundles).rstrip()}\n{authority}")


def _read_system(bundles: Sequence[str]) -> str:
    """What this machine trusts; Mozilla's list where no bundle can be read."""
    for bundle in bundles:
        text = _read_text(Path(bundle))
        if "BEGIN CERTIFICATE" in text:
            return text
    return certifi.contents()


def _read_text(path: Path) -> str:
    """Empty for a file that is not there, or has no text."""
    try:
        return read_regular_file(path).decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _write_if_changed(path: Path, text: str) -> None:
    if _read_text(path) == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, text, mode=0o600)  # whatever the umask of a user's shell is
