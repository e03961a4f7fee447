"""A client of TLS 1.3 that writes its own records, for messages that no client library sends."""

import contextlib
import ssl
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from tests.functional.twin.tls.servers import client_context
from twin.runtime.instance import Instance

APPLICATION_DATA = 23
HANDSHAKE = 22
NEW_KEYS_WANTED = b"\x18\x00\x00\x01\x01"
"""A KeyUpdate message that asks for another one: RFC 8446, 4.6.3."""


class RawClient:
    """After the handshake, its records are made here: RFC 8446, 5.2 and 7."""

    def __init__(self, instance: Instance, name: str, keys: Path) -> None:
        """`keys` is a file for the secrets of the connection."""
        context = client_context(instance)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.keylog_filename = str(keys)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name)
        self._keys = keys
        self._secret = b""
        self._number = 0

    def shake_hands(self, received: bytes) -> bytes:
        """What the client sends next."""
        self._incoming.write(received)
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return self._outgoing.read()
        lines = dict(line.split(" ", 1) for line in self._keys.read_text().splitlines())
        self._secret = bytes.fromhex(lines["CLIENT_TRAFFIC_SECRET_0"].split()[1])
        return self._outgoing.read()

    def record(self, content: bytes, content_type: int = APPLICATION_DATA) -> bytes:
        key_bytes = 32 if len(self._secret) == SHA384.digest_size else 16
        iv = int.from_bytes(self._expand(b"iv", 12))
        head = bytes((APPLICATION_DATA, 3, 3)) + (len(content) + 17).to_bytes(2)
        cipher = AESGCM(self._expand(b"key", key_bytes))
        nonce = (iv ^ self._number).to_bytes(12)
        self._number += 1
        return head + cipher.encrypt(nonce, content + bytes((content_type,)), head)

    def new_keys(self) -> bytes:
        """The record that asks for new keys, and changes the client's."""
        sent = self.record(NEW_KEYS_WANTED, HANDSHAKE)
        self._secret = self._expand(b"traffic upd", len(self._secret))
        self._number = 0
        return sent

    def skip(self, received: bytes) -> None:
        """Read what the server sent, in which there is no data."""
        with contextlib.suppress(ssl.SSLWantReadError):
            self.read(received)

    def read(self, received: bytes) -> bytes:
        """The data in what the server sent."""
        self._incoming.write(received)
        return self._tls.read(65536)

    def _expand(self, label: bytes, length: int) -> bytes:
        named = b"tls13 " + label
        info = length.to_bytes(2) + bytes((len(named),)) + named + b"\0"
        digest = SHA384() if len(self._secret) == SHA384.digest_size else SHA256()
        return HKDFExpand(digest, length, info).derive(self._secret)
