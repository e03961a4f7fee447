"""A server's TLS settings, which can change while it serves: certificates by name, and a policy.

One `ssl.SSLContext` stays for the life of a server; OpenSSL asks it for the certificate at each
handshake. A context of its own holds each certificate's files. So connections that are open, and
sessions that clients resume, go on over a change of certificates.
"""

import ssl
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from twin.core.http.server_names import find_by_name, index_names
from twin.topology.model import Certificate

_VERSIONS = {
    "TLSv1": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}
"""By AWS's names."""
_TLS_1_3_CIPHERS = "TLS_"
"""Prefix of ciphers that Python can't choose: all of them are on with TLS 1.3."""
_ALPN = ("http/1.1",)


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsPolicy:
    """Versions and ciphers that a server accepts."""

    protocols: tuple[str, ...] = ("TLSv1.2", "TLSv1.3")
    """By AWS's names, without a gap."""
    ciphers: tuple[str, ...] = ()
    """By OpenSSL's names; empty for Python's own choice."""


class TlsServerContext:
    """The context of one server, to be configured before it serves and at any time later."""

    def __init__(self, certificate_path: Callable[[str], Path]) -> None:
        """`certificate_path`: from the SHA-256 of a certificate's PEM file to that file."""
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        """For the server; always the same object."""
        self.context.sni_callback = self._choose
        _set_common_options(self.context)
        self.context.set_ciphers("DEFAULT:@SECLEVEL=0")
        self._certificate_path = certificate_path
        self._policy: TlsPolicy | None = None
        self._by_name: dict[str, Certificate] = {}
        self._default: Certificate | None = None
        self._loaded: dict[str, ssl.SSLContext] = {}
        """By the SHA-256 of the PEM file."""

    def configure(
        self,
        certificates: Iterable[Certificate],
        *,
        default: Certificate | None = None,
        policy: TlsPolicy | None = None,
    ) -> tuple[str, ...]:
        """Serve these certificates from the next handshake on; the problems, if there are any.

        A client that asks for no name or for an unknown one gets `default`; without that, the
        alert handshake_failure. A certificate whose file can't be loaded is left out.
        """
        chosen = policy or TlsPolicy()
        problems = []
        if chosen != self._policy:
            problems += _apply_versions(self.context, chosen)
            self._loaded = {}  # their ciphers are the old policy's
            self._policy = chosen
        wanted = tuple(certificates)
        if default is not None and default not in wanted:
            wanted = (default, *wanted)
        loaded: dict[str, ssl.SSLContext] = {}
        usable = []
        for certificate in wanted:
            sha = certificate.pem_sha256
            try:
                if sha not in loaded:
                    loaded[sha] = self._loaded.get(sha) or _load(
                        self._certificate_path(sha), chosen
                    )
                usable.append(certificate)
            except (OSError, ssl.SSLError) as exc:
                problems.append(f"certificate {certificate.arn} can't be loaded: {exc}")
        self._loaded = loaded
        self._by_name = index_names(usable)
        self._default = default if default in usable else None
        return tuple(problems)

    def _choose(
        self,
        connection: ssl.SSLObject | ssl.SSLSocket,
        requested: str | None,
        _context: ssl.SSLContext,
    ) -> ssl.AlertDescription | None:
        """Called by OpenSSL in a handshake."""
        found = find_by_name(self._by_name, requested) if requested else None
        found = found or self._default
        if found is None:
            return ssl.ALERT_DESCRIPTION_HANDSHAKE_FAILURE
        connection.context = self._loaded[found.pem_sha256]
        return None


def _load(path: Path, policy: TlsPolicy) -> ssl.SSLContext:
    """A context that only carries a certificate. Raises OSError, ssl.SSLError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _set_common_options(context)
    # OpenSSL takes a connection's ciphers and its security level from here. Level 0 allows the keys
    # and the versions that ACM and the policies allow.
    listed = [name for name in policy.ciphers if not name.startswith(_TLS_1_3_CIPHERS)]
    context.set_ciphers(":".join((*(listed or ("DEFAULT",)), "@SECLEVEL=0")))
    context.load_cert_chain(path)
    return context


def _set_common_options(context: ssl.SSLContext) -> None:
    """OpenSSL takes these from either context, according to the step of the handshake."""
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.set_alpn_protocols(list(_ALPN))


def _apply_versions(context: ssl.SSLContext, policy: TlsPolicy) -> list[str]:
    """Set the versions; the problem where OpenSSL has none of them."""
    versions = sorted(_VERSIONS[name] for name in policy.protocols if name in _VERSIONS)
    if not versions:
        return [f"no TLS version is known among {', '.join(policy.protocols) or 'none'}"]
    with warnings.catch_warnings():
        # Policies of AWS have old versions, for old clients.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.maximum_version = ssl.TLSVersion.MAXIMUM_SUPPORTED
        context.minimum_version = versions[0]
        context.maximum_version = versions[-1]
    return []
