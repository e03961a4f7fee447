"""A copy of this checkout with a twin of its own, run as a user runs it: by `make`.

Its .venv and .tools are links to this checkout's, so that it is ready at once. Its twin takes the
first free instance, so that it can run beside a developer's.
"""

import json
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import boto3
from botocore.config import Config

ROOT = Path(__file__).resolve().parents[2]
SETUP_S = 300.0
SPEED = "10"
"""The twin's services are ten times as fast as AWS's."""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """The end of a command."""

    code: int
    output: str
    """Standard output and error, interleaved."""

    def ok(self) -> "CommandResult":
        """This result of a successful command; AssertionError with the output of a failed one."""
        assert self.code == 0, self.output
        return self


@dataclass(frozen=True, slots=True)
class Checkout:
    """The folder of a copy, and commands in it."""

    path: Path

    @property
    def home(self) -> Path:
        """The twin's folder, .twin."""
        return self.path / ".twin"

    def run(self, *command: str, within_s: float = SETUP_S, **extra: str) -> CommandResult:
        """Run a command in the folder; `extra` are variables added to a clean environment."""
        return self._run(list(command), within_s, {**clean_environment(), **extra})

    def run_in_shell(self, line: str, within_s: float = SETUP_S) -> CommandResult:
        """Run a shell line after `source .twin/env`, as the README says."""
        return self._run(["sh", "-c", self._with_env_file(line)], within_s, clean_environment())

    def start_in_shell(self, line: str, out: IO[bytes], err: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start a shell line as run_in_shell; with `exec` the process is the command itself."""
        return subprocess.Popen(
            ["sh", "-c", self._with_env_file(line)],
            cwd=self.path,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
        )

    def _with_env_file(self, line: str) -> str:
        """The line in a shell for the twin; muster runs as the operator, all else as root."""
        program = line.removeprefix("exec ").partition(" ")[0]
        role = f"&& . {self.home}/operator.env " if program == "muster" else ""
        return f". {self.home}/env {role}&& {line}"

    def _run(self, command: list[str], within_s: float, environ: dict[str, str]) -> CommandResult:
        done = subprocess.run(
            command,
            cwd=self.path,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=within_s,
            check=False,
            umask=0,  # the twin's files must be private whatever the user's umask is
        )
        return CommandResult(done.returncode, done.stdout)

    def outputs(self) -> dict[str, Any]:
        """The stack outputs that `make up` wrote."""
        outputs: dict[str, Any] = json.loads((self.home / "outputs.json").read_text())
        return outputs

    def status(self) -> dict[str, Any]:
        """The document of `twin status --json`."""
        done = self.run_in_shell("twin status --json", within_s=20)
        status: dict[str, Any] = json.loads(done.ok().output)
        return status

    def client(self, service: str, region: str) -> Any:  # noqa: ANN401 - boto3's clients
        """A boto3 client of the twin as its root user, without retries."""
        variables = self.environment()
        return boto3.client(  # type: ignore[call-overload]  # the service is chosen at run time
            service,
            region_name=region,
            endpoint_url=variables["AWS_ENDPOINT_URL"],
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"max_attempts": 1}, connect_timeout=5, read_timeout=10),
        )

    def environment(self, role: str = "") -> dict[str, str]:
        """Environment variables after `source .twin/env`, and after the role's file if given."""
        sourced = f". {self.home}/{role}.env && " if role else ""
        lines = self.run_in_shell(f"{sourced}env -0").ok().output.split("\0")
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def commit(self, message: str) -> None:
        """Commit what was edited, so that the copy is clean."""
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
        self.run("git", *identity, "commit", "--quiet", "--all", "-m", message).ok()

    def edit(self, name: str, pattern: str, replacement: str) -> None:
        """Change a file of the copy by a regular expression that must match."""
        file = self.path / name
        text, count = re.subn(pattern, replacement, file.read_text(), flags=re.MULTILINE)
        assert count > 0, f"{pattern} is not in {name}"
        file.write_text(text)


def clean_environment() -> dict[str, str]:
    """This process's environment without variables for a twin, AWS or Pulumi."""
    dropped = ("AWS_", "PULUMI_", "TWIN_", "MUSTER_", "MAKE", "MFLAGS")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(dropped)}
    return {**kept, "TWIN_LEASH": str(os.getpid())}


def copy_checkout(folder: Path) -> Checkout:
    """Copy the tracked files, uncommitted edits included, and link the tools."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split("\0")
    for name in filter(None, listed):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    for tool in (".venv", ".tools"):
        (folder / tool).symlink_to(ROOT / tool)
    for command in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", "copy"],
        cwd=folder,
        check=True,
    )
    return Checkout(folder)


def deployed_copy(folder: Path, *, doors: str = "") -> Iterator[Checkout]:
    """A copy while its system is up; a fixture yields from it.

    `doors`: the front doors, if other ones than the checkout's.
    """
    copy = copy_checkout(folder)
    if doors:
        listed = f"front_doors:\n    - {doors}\n"
        copy.edit("Pulumi.local.yaml", r"front_doors:\n(    - \w+\n)+", listed)
        copy.edit("Pulumi.local.yaml", r"^  muster:dns_domain: .*\n", "")
        copy.commit(f"Keep {doors} alone")
    try:
        copy.run("make", "up", "INSTANCE=auto", f"SPEED={SPEED}", "ENFORCE_IAM=1").ok()
        yield copy
    finally:
        copy.run("make", "down", within_s=60).ok()


def listening_addresses(pids: set[int]) -> list[str]:
    """IPv4 and IPv6 addresses on which these processes listen, from /proc."""
    inodes = {inode for pid in pids for inode in _socket_inodes(pid)}
    found = []
    for table, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                found.append(_address(fields[1].split(":")[0], family))
    return found


def _socket_inodes(pid: int) -> list[str]:
    links = []
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            links.append(str(descriptor.readlink()))
        except FileNotFoundError:
            continue
    return [link[8:-1] for link in links if link.startswith("socket:[")]


def _address(hexadecimal: str, family: socket.AddressFamily) -> str:
    raw = bytes.fromhex(hexadecimal)
    words = b"".join(raw[i : i + 4][::-1] for i in range(0, len(raw), 4))
    return socket.inet_ntop(family, words)
