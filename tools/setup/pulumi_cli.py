"""Provides the Pulumi CLI with its Python language host.

Sources, in this order: a `pulumi` on PATH that is new enough and has its language host; the
official installer; a build from Go modules (tools/pulumi). The programs, or links to them, are
moved into .tools/bin when complete; the stamp that names their source is written last.
"""

import contextlib
import hashlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools.setup.go_build import build_pulumi
from tools.setup.layout import CheckoutLayout
from tools.setup.progress import ProgressStep, SetupFailed, run_logged
from tools.setup.versions import OLDEST_PULUMI, Version, format_version, parse_version

PROGRAMS = ("pulumi", "pulumi-language-python", "pulumi-language-python-exec")
STAMP = "pulumi-stamp"
_INSTALLER_HOST = ("get.pulumi.com", 443)
_INSTALL = """
import sys
from pulumi.automation import PulumiCommand
PulumiCommand.install(root=sys.argv[1])
"""


class _InstallerUnavailable(Exception):
    """The official installer does not work here; a build may."""


def ensure_pulumi_cli(layout: CheckoutLayout) -> None:
    """Provide a Pulumi CLI unless .tools/bin has a working one. Raises SetupFailed."""
    step = ProgressStep("Pulumi CLI")
    stamp = layout.tools / STAMP
    wanted = build_fingerprint(layout)
    source, _, built_from = (stamp.read_text() if stamp.exists() else "").partition(" ")
    if all((layout.bin / name).exists() for name in PROGRAMS) and (
        source in ("found", "installed") or built_from == wanted
    ):
        step.note(f"ready, {source} before")
        return
    layout.bin.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    source = _provide(layout, step)
    version = _version(layout.bin / "pulumi")
    if version is None:
        raise SetupFailed(f"{layout.bin / 'pulumi'} does not run; delete it and try again")
    stamp.write_text(f"{source} {wanted}")
    step.done(f"{format_version(version)}, {source}")


def build_fingerprint(layout: CheckoutLayout) -> str:
    """Hash of all files from which the programs are built."""
    digest = hashlib.sha256()
    for path in sorted(layout.go_modules.rglob("*")):
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _provide(layout: CheckoutLayout, step: ProgressStep) -> str:
    """Try each source in turn; the one that worked: found, installed or built."""
    if (found := find_pulumi_on_path(os.environ.get("PATH", ""), layout)) is not None:
        for name in PROGRAMS:
            _link(found / name, layout.bin / name)
        return "found"
    try:
        _install(layout, step)
    except _InstallerUnavailable as exc:
        step.note(f"no download ({exc}): building it with Go, about 4 minutes the first time")
    else:
        return "installed"
    with _staging_folder(layout) as folder:
        build_pulumi(layout, folder, step)
        for name in PROGRAMS:
            (folder / name).replace(layout.bin / name)
    return "built"


# -- found


def find_pulumi_on_path(path: str, layout: CheckoutLayout) -> Path | None:
    """Folder of a new enough Pulumi on PATH, outside this checkout."""
    checkout = layout.root.resolve()
    for entry in map(Path, filter(None, path.split(os.pathsep))):
        if checkout in (entry.resolve(), *entry.resolve().parents):
            continue
        if all((entry / name).exists() for name in PROGRAMS):
            version = _version(entry / "pulumi")
            if version is not None and version >= OLDEST_PULUMI:
                return entry.resolve()
    return None


def _version(program: Path) -> Version | None:
    try:
        done = subprocess.run(
            [program, "version"],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return parse_version(done.stdout)


def _link(target: Path, link: Path) -> None:
    new = link.with_name(f"{link.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    new.replace(link)


# -- installed


def _install(layout: CheckoutLayout, step: ProgressStep) -> None:
    """Let Pulumi's SDK run the official installer. Raises _InstallerUnavailable."""
    _check_installer_reachable()
    with _staging_folder(layout) as folder:
        try:
            run_logged(
                [str(layout.python), "-c", _INSTALL, str(folder)],
                step,
                "official installer",
                log=layout.logs / "pulumi-install.log",
            )
        except SetupFailed as exc:
            raise _InstallerUnavailable("the official installer failed") from exc
        if any(not (folder / "bin" / name).exists() for name in PROGRAMS):
            raise _InstallerUnavailable("the official installer left no Python language host")
        for program in (folder / "bin").iterdir():
            program.replace(layout.bin / program.name)


def _check_installer_reachable() -> None:
    """Fail at once without a network, on which the installer would wait for minutes."""
    if any(os.environ.get(name) for name in ("HTTPS_PROXY", "https_proxy")):
        return
    try:
        socket.create_connection(_INSTALLER_HOST, timeout=3.0).close()
    except OSError as exc:
        raise _InstallerUnavailable(f"{_INSTALLER_HOST[0]} can't be reached") from exc


@contextlib.contextmanager
def _staging_folder(layout: CheckoutLayout) -> Iterator[Path]:
    """A folder on the same file system, from which finished programs are moved."""
    for leftover in layout.tools.glob("making-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix="making-", dir=layout.tools))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
