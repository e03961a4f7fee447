"""Temporary credentials that carry their session with them, as AWS's session tokens do.

The token holds who the session is, until when it is valid, and its session policies, with a code
that only this twin can make. The secret is derived from the same. So every process can check
a session without a record of it, and issue credentials to the functions that it runs.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp.html
"""

import base64
import binascii
import contextlib
import hashlib
import hmac
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from common.files.regular_file import read_regular_file
from common.twin_keys import ANY_SECRET
from twin import codec
from twin.errors import CodecError, StateCorrupt
from twin.runtime.instance import Instance

KEY_BYTES = 32
_MAC_BYTES = 32
_KEY_ID_BYTES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a session token says."""

    key_id: str
    issued_at: float
    """Seconds since 1970, as `expires_at`."""
    expires_at: float | None
    """None: never. A function's credentials are renewed before they expire."""
    user_arn: str = ""
    """Of the user that called GetSessionToken; empty for a role's session."""
    role_arn: str = ""
    name: str = ""
    """The session's name, RoleSessionName."""
    policies: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    transitive_tags: tuple[str, ...] = ()
    source_identity: str = ""
    is_root: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporaryCredentials:
    key_id: str
    secret: str
    token: str


class TokenInvalid(Exception):
    """The token is none of this twin's."""


class TokenIssuer:
    """Issues and reads session tokens with the twin's own key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def issue(self, session: Session) -> TemporaryCredentials:
        document = codec.dumps(session).encode()
        token = base64.urlsafe_b64encode(self._mac(b"token", document) + document).decode()
        return TemporaryCredentials(key_id=session.key_id, secret=self.secret(session), token=token)

    def read(self, key_id: str, token: str) -> Session:
        """The session of a token. Raises TokenInvalid, also if it belongs to another key."""
        try:
            raw = base64.urlsafe_b64decode(token.encode())
        except (binascii.Error, ValueError) as exc:
            raise TokenInvalid("not base64") from exc
        mac, document = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(b"token", document)):
            raise TokenInvalid("not issued by this twin")
        try:
            session = codec.loads(Session, document)
        except CodecError as exc:
            raise TokenInvalid(str(exc)) from exc
        if session.key_id != key_id:
            raise TokenInvalid("issued with another access key")
        return session

    @property
    def root_secret(self) -> str:
        """The secret of the root user's key: 40 characters."""
        return base64.b64encode(self._mac(b"root", b"")[:30]).decode()

    def secret(self, session: Session) -> str:
        """The secret access key of a session: 40 characters."""
        return base64.b64encode(self._mac(b"secret", codec.dumps(session).encode())[:30]).decode()

    def _mac(self, purpose: bytes, data: bytes) -> bytes:
        return hmac.new(self._key, purpose + b"\0" + data, hashlib.sha256).digest()


def make_key_id(randomness: bytes) -> str:
    """An access key id of a temporary credential: ASIA and 16 characters."""
    return "ASIA" + base64.b32encode(randomness[:_KEY_ID_BYTES]).decode()


def _key_path(instance: Instance) -> Path:
    return instance.state_dir / "session-token.key"


def read_root_secret(instance: Instance) -> str:
    """The secret of the twin's own access key; any will do for a twin that has never been up.

    Raises StateCorrupt, OSError.
    """
    try:
        return TokenIssuer(_read_key(_key_path(instance))).root_secret
    except FileNotFoundError:
        return ANY_SECRET


def load_token_key(instance: Instance) -> bytes:
    """The twin's key for tokens; made at the first call. Raises StateCorrupt, OSError."""
    path = _key_path(instance)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Several processes may do this at once; the first one's key is everybody's.
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.") as draft:
            draft.write(secrets.token_bytes(KEY_BYTES))
            draft.flush()
            with contextlib.suppress(FileExistsError):
                os.link(draft.name, path)
    return _read_key(path)


def _read_key(path: Path) -> bytes:
    """Raises StateCorrupt, OSError: with a part of a key, anybody could find out its secrets."""
    key = read_regular_file(path)
    if len(key) != KEY_BYTES:
        raise StateCorrupt(
            f"{path}: {len(key)} bytes in place of {KEY_BYTES}; delete it, then `twin down "
            "--keep-state` and `make up`: what was signed with the old key is refused then"
        )
    return key
