"""Provides the Pulumi CLI with its Python language host.

Sources, in this order: a `pulumi` on PATH that is new enough and has its language host; the
official installer; a build from Go modules (tools/pulumi). The programs, or links to them, are
moved into .tools/bin when complete; the stamp that names their source is written last.

The build: tools/pulumi/cli and tools/pulumi/language name the versions; their go.sum files hold the
hashes. They are separate modules because the CLI's module has `replace` lines (so `go install`
refuses it), and because the language host is built from an older SDK, the last that contains it.
"""

import contextlib
import hashlib
import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools.setup.layout import CheckoutLayout
from tools.setup.progress import ProgressStep, SetupFailed, run_logged

Version = tuple[int, int, int]

OLDEST_PULUMI: Version = (3, 200, 0)
"""Older engines lack calls that the program's SDK makes."""
FIRST_SELF_UPDATING_GO: Version = (1, 21, 0)
"""From this version on, Go downloads the toolchain that a module requires:
https://go.dev/doc/toolchain"""


def parse_version(text: str) -> Version | None:
    """The first version in a text: `v3.259.0`, `go1.26`, `1.25.11-dev`."""
    match = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    if match is None:
        return None
    major, minor, patch = match.groups(default="0")
    return int(major), int(minor), int(patch)


def format_version(version: Version) -> str:
    return ".".join(map(str, version))


def required_version(go_mod: str, module: str) -> str:
    """Version of a module that a go.mod requires, as written; KeyError if there is none."""
    match = re.search(rf"^(?:require )?\s*{re.escape(module)} (v\S+)", go_mod, re.MULTILINE)
    if match is None:
        raise KeyError(module)
    return match[1]


def required_go_version(go_mod: str) -> Version:
    """Version of Go in a go.mod; KeyError if there is none."""
    match = re.search(r"^go (\S+)", go_mod, re.MULTILINE)
    version = parse_version(match[1]) if match else None
    if version is None:
        raise KeyError("go")
    return version


def can_go_build(found: Version, toolchain: str, needed: Version) -> bool:
    """Whether this Go, with this GOTOOLCHAIN, can build a module that needs `needed`."""
    if found >= needed:
        return True
    return found >= FIRST_SELF_UPDATING_GO and toolchain not in ("local", "path")


CLI = "github.com/pulumi/pulumi/pkg/v3"
SDK = "github.com/pulumi/pulumi/sdk/v3"
EXEC = "pulumi-language-python-exec"
_DEFAULT_GO = Path("/usr/local/go/bin/go")


def build_pulumi(layout: CheckoutLayout, folder: Path, step: ProgressStep) -> None:
    """Build the three programs into `folder`. Raises SetupFailed."""
    cli, language = layout.go_modules / "cli", layout.go_modules / "language"
    go_mod = (cli / "go.mod").read_text()
    go = find_go(required_go_version(go_mod))
    version = required_version(go_mod, CLI)
    _compile(
        [go, "build", "-v", "-ldflags", f"-s -w -X {SDK}/go/common/version.Version={version}"],
        f"{CLI}/cmd/pulumi",
        folder / "pulumi",
        step,
        layout.logs / "go-pulumi.log",
        cli,
    )
    _compile(
        [go, "build", "-v", "-ldflags", "-s -w"],
        f"{SDK}/python/cmd/pulumi-language-python",
        folder / "pulumi-language-python",
        step,
        layout.logs / "go-language.log",
        language,
    )
    _copy_exec(go, cli, folder / EXEC)


def _compile(
    command: list[str], package: str, program: Path, step: ProgressStep, log: Path, module: Path
) -> None:
    what = f"building {program.name}: packages, {{count}} so far"
    run_logged([*command, "-o", str(program), package], step, what, log=log, cwd=module)


def _copy_exec(go: str, module: Path, program: Path) -> None:
    """Copy the script that the language host starts from the SDK's module."""
    listed = subprocess.run(
        [go, "list", "-m", "-f", "{{.Dir}}", SDK],
        cwd=module,
        capture_output=True,
        text=True,
        check=False,
    )
    script = Path(listed.stdout.strip()) / "python" / "cmd" / EXEC
    if listed.returncode != 0 or not script.is_file():
        raise SetupFailed(f"{EXEC} is not in the module {SDK}: {listed.stderr.strip() or script}")
    shutil.copyfile(script, program)
    program.chmod(0o755)


def find_go(needed: Version) -> str:
    """Path of a Go that can build the modules. Raises SetupFailed."""
    go = shutil.which("go") or (str(_DEFAULT_GO) if os.access(_DEFAULT_GO, os.X_OK) else "")
    if not go:
        raise SetupFailed(
            "no Pulumi CLI can be found or downloaded, and there is no Go to build one. Do one of "
            "these, then run this again:\n"
            "  - install Pulumi, 3.200 or newer: https://www.pulumi.com/docs/install/\n"
            f"  - install Go, {format_version(needed)} or newer: https://go.dev/doc/install"
        )
    done = subprocess.run(
        [go, "env", "GOVERSION", "GOTOOLCHAIN"], capture_output=True, text=True, check=False
    )
    found, _, toolchain = done.stdout.strip().partition("\n")
    version = parse_version(found)
    if version is None or not can_go_build(version, toolchain.strip(), needed):
        raise SetupFailed(
            f"{go} is {found or 'broken'}; the Pulumi CLI needs Go {format_version(needed)} or "
            "newer to be built: https://go.dev/doc/install"
        )
    return go


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
