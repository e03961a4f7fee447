"""The Pulumi CLI with its Python language host: found, installed, or built.

In this order: a `pulumi` on PATH that is new enough and has its language host; the official
installer; a build from Go modules (tools/pulumi). The programs, or links to them, end up in
.tools/bin, each put there whole; the stamp that says which they are is written last.
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

from tools.setup.errors import SetupFailed, SourceUnavailable
from tools.setup.go_build import build_pulumi
from tools.setup.layout import CheckoutLayout
from tools.setup.progress import ProgressStep, run_logged
from tools.setup.versions import OLDEST_PULUMI, Version, format_version, parse_version

PROGRAMS = ("pulumi", "pulumi-language-python", "pulumi-language-python-exec")
STAMP = "pulumi-stamp"
_INSTALLER_HOST = ("get.pulumi.com", 443)
_INSTALL = """
import sys
from pulumi.automation import PulumiCommand
PulumiCommand.install(root=sys.argv[1])
"""


def ensure_pulumi_cli(layout: CheckoutLayout) -> None:
    """Get a Pulumi CLI if .tools/bin has none that works. Raises SetupFailed."""
    step = ProgressStep("Pulumi CLI")
    stamp = layout.tools / STAMP
    wanted = build_fingerprint(layout)
    kind, _, made_for = (stamp.read_text() if stamp.exists() else "").partition(" ")
    if all((layout.bin / name).exists() for name in PROGRAMS) and (
        kind in ("found", "installed") or made_for == wanted
    ):
        step.note(f"ready, {kind} before")
        return
    layout.bin.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    kind = _get(layout, step)
    version = _version(layout.bin / "pulumi")
    if version is None:
        raise SetupFailed(f"{layout.bin / 'pulumi'} does not run; delete it and try again")
    stamp.write_text(f"{kind} {wanted}")
    step.done(f"{format_version(version)}, {kind}")


def build_fingerprint(layout: CheckoutLayout) -> str:
    """Names the build: all the files that it is made from."""
    digest = hashlib.sha256()
    for path in sorted(layout.go_modules.rglob("*")):
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _get(layout: CheckoutLayout, step: ProgressStep) -> str:
    """Try each way in turn; how it was had."""
    if (found := find_pulumi_on_path(os.environ.get("PATH", ""), layout)) is not None:
        for name in PROGRAMS:
            _link(found / name, layout.bin / name)
        return "found"
    try:
        _install(layout, step)
    except SourceUnavailable as exc:
        step.note(f"no download ({exc}): building it with Go; about 4 minutes the first time")
    else:
        return "installed"
    with _workshop(layout) as folder:
        build_pulumi(layout, folder, step)
        for name in PROGRAMS:
            (folder / name).replace(layout.bin / name)
    return "built"


# -- found


def find_pulumi_on_path(path: str, layout: CheckoutLayout) -> Path | None:
    """The folder of a Pulumi on PATH that will do. Our own folders do not count."""
    ours = layout.root.resolve()
    for entry in map(Path, filter(None, path.split(os.pathsep))):
        if ours in (entry.resolve(), *entry.resolve().parents):
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
    fresh = link.with_name(f"{link.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)


# -- installed


def _install(layout: CheckoutLayout, step: ProgressStep) -> None:
    """Let Pulumi's SDK run the official installer. Raises NotToBeHad."""
    _must_reach_installer()
    with _workshop(layout) as folder:
        try:
            run_logged(
                [str(layout.python), "-c", _INSTALL, str(folder)],
                step,
                "official installer",
                log=layout.logs / "pulumi-install.log",
            )
        except SetupFailed as exc:
            raise SourceUnavailable("the official installer failed") from exc
        if any(not (folder / "bin" / name).exists() for name in PROGRAMS):
            raise SourceUnavailable("the official installer left no Python language host")
        for program in (folder / "bin").iterdir():
            program.replace(layout.bin / program.name)


def _must_reach_installer() -> None:
    """Fail at once where the installer would wait minutes for a network that is not there."""
    if any(os.environ.get(name) for name in ("HTTPS_PROXY", "https_proxy")):
        return
    try:
        socket.create_connection(_INSTALLER_HOST, timeout=3.0).close()
    except OSError as exc:
        raise SourceUnavailable(f"{_INSTALLER_HOST[0]} can't be reached") from exc


@contextlib.contextmanager
def _workshop(layout: CheckoutLayout) -> Iterator[Path]:
    """A folder beside the final one, so that finished programs are moved in one step."""
    for leftover in layout.tools.glob("making-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix="making-", dir=layout.tools))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
