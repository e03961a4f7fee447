"""Builds the Pulumi CLI and its Python language host from Go modules.

tools/pulumi/cli and tools/pulumi/language name the versions; their go.sum files hold the hashes.
They are separate modules because the CLI's module has `replace` lines (so `go install` refuses it),
and because the language host is built from an older SDK, the last that contains it.
"""

import os
import shutil
import subprocess
from pathlib import Path

from tools.setup.layout import CheckoutLayout
from tools.setup.progress import ProgressStep, SetupFailed, run_logged
from tools.setup.versions import (
    Version,
    can_go_build,
    format_version,
    parse_version,
    required_go_version,
    required_version,
)

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
    what = f"building {program.name}: {{count}} packages"
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
