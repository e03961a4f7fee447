"""A certificate that signs itself, made anew for each test."""

import ssl
from pathlib import Path

from tests.x509_factory import make_certificate


def tls_contexts(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """(for a server called `name`, for a client that trusts it)."""
    path = folder / "server.pem"
    made = make_certificate(name)
    path.write_bytes(made.key_pem + made.pem)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(path)
    return server, ssl.create_default_context(cafile=str(path))
