"""The account's identities, as control publishes them to the processes that enforce IAM.

Control writes the document before it answers a change; a reader looks at the file at each call, and
reads it again when it is another one. So a revoked permission works at once, and calls are judged
while control is down. The file holds the secrets of access keys: only its owner can read it.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from common.files.atomic_file import write_atomically
from common.files.regular_file import read_regular_file
from twin import codec
from twin.errors import CodecError
from twin.runtime.instance import Instance

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class IamAccessKey:
    """A long-term key of a user."""

    id: str
    secret: str
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class IamUser:
    name: str
    arn: str
    id: str
    policies: tuple[str, ...] = ()
    """Documents: inline, managed, and those of its groups."""
    boundary: str | None = None
    boundary_arn: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    keys: tuple[IamAccessKey, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IamRole:
    name: str
    arn: str
    id: str
    trust: str
    """The trust policy."""
    policies: tuple[str, ...] = ()
    boundary: str | None = None
    boundary_arn: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    max_session_s: int = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityDirectory:
    """Everything of IAM that a decision needs, and the functions' resource policies."""

    users: tuple[IamUser, ...] = ()
    roles: tuple[IamRole, ...] = ()
    other_arns: tuple[str, ...] = ()
    """ARNs of groups and instance profiles, which calls name without their path."""
    function_policies: Mapping[str, str] = field(default_factory=dict)
    """ARN of a function, version or alias -> its resource-based policy."""

    def find_user(self, name: str) -> IamUser | None:
        return next((user for user in self.users if user.name == name), None)

    def find_role(self, arn: str) -> IamRole | None:
        return next((role for role in self.roles if role.arn == arn), None)

    def find_key(self, key_id: str) -> tuple[IamUser, IamAccessKey] | None:
        """The active key of this id, and its user."""
        for user in self.users:
            for key in user.keys:
                if key.id == key_id and key.is_active:
                    return user, key
        return None

    def find_arn(self, kind: str, name: str) -> str | None:
        """The ARN, path included, of a user, role, group or instance profile."""
        arns = [*(u.arn for u in self.users), *(r.arn for r in self.roles), *self.other_arns]
        for arn in arns:
            resource = arn.rpartition(":")[2]
            if resource.startswith(f"{kind}/") and resource.rpartition("/")[2] == name:
                return arn
        return None


def directory_path(instance: Instance) -> Path:
    return instance.state_dir / "identities.json"


def write_directory(instance: Instance, directory: IdentityDirectory) -> None:
    """Replace the published directory. Raises OSError."""
    path = directory_path(instance)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, codec.dumps(directory), mode=0o600)


class DirectoryReader:
    """The published directory, read again when it has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._version: tuple[int, int, int] | None = None
        self._directory = IdentityDirectory()

    def current(self) -> IdentityDirectory:
        """The directory in force; an empty one before the first publication."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return self._directory
        version = (found.st_ino, found.st_mtime_ns, found.st_size)
        if version != self._version:
            try:
                self._directory = codec.loads(IdentityDirectory, read_regular_file(self._path))
            except CodecError as exc:
                # Nobody is let in by a directory that can't be read.
                log.error("%s: %s; only the root user has access", self._path, exc)
                self._directory = IdentityDirectory()
            self._version = version
        return self._directory
