"""The Python environment: made when none works, brought to the lock when that has changed.

A stamp is written last and removed first, so an interrupted install is recognised and done anew.
The hashes of the lock are checked by the installer, which is uv as the lock pins it: it takes 3 s
where pip takes 55 s. Where uv can't (an index that only pip is configured for), pip does it.
"""

import hashlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tools.setup.errors import SetupFailed
from tools.setup.layout import CheckoutLayout
from tools.setup.progress import ProgressStep, run_logged

STAMP = "muster-stamp"
_FINDS_PACKAGES = "import importlib.util as u, sys; sys.exit(u.find_spec('pip') is None)"
# What pip is told by the environment, in uv's words.
_FOR_UV = {
    "PIP_FIND_LINKS": "UV_FIND_LINKS",
    "PIP_INDEX_URL": "UV_DEFAULT_INDEX",
    "PIP_EXTRA_INDEX_URL": "UV_INDEX",
    "PIP_CERT": "SSL_CERT_FILE",
}


def ensure_python_environment(layout: CheckoutLayout) -> None:
    """Make the environment what the lock says. Raises SetupFailed."""
    step = ProgressStep("Python environment")
    wanted = lock_fingerprint(layout.lock)
    stamp = layout.venv / STAMP
    found = stamp.read_text() if stamp.exists() else ""
    works = bool(found) and _works(layout)
    if works and found == wanted:
        step.note("ready")
        return
    stamp.unlink(missing_ok=True)
    if not works:
        _create(layout, step)
    _install(layout, step)
    stamp.write_text(wanted)
    step.done("installed" if not works else "brought to the lock")


def lock_fingerprint(lock: Path) -> str:
    """What the environment was installed from."""
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def _works(layout: CheckoutLayout) -> bool:
    """Whether its Python still starts and finds its packages: the system's may have changed."""
    try:
        done = subprocess.run(
            [layout.python, "-c", _FINDS_PACKAGES], check=False, capture_output=True
        )
    except OSError:
        return False
    return done.returncode == 0


def _create(layout: CheckoutLayout, step: ProgressStep) -> None:
    if importlib.util.find_spec("ensurepip") is None:
        _install_venv_package(layout, step)
    run_logged(
        [sys.executable, "-m", "venv", "--clear", str(layout.venv)],
        step,
        "making it",
        log=layout.logs / "venv.log",
    )


def _install_venv_package(layout: CheckoutLayout, step: ProgressStep) -> None:
    """Debian and Ubuntu leave `venv` out of python3."""
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if os.geteuid() != 0 or not Path("/usr/bin/apt-get").exists():
        raise SetupFailed(
            f"{sys.executable} can't make virtual environments; install {package} "
            f"(sudo apt-get install {package}), then run this again"
        )
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    log = layout.logs / "apt.log"
    run_logged(["apt-get", "update", "-q"], step, "apt-get update", log=log, environ=quiet)
    run_logged(
        ["apt-get", "install", "-qy", package], step, f"installing {package}", log=log,
        environ=quiet,
    )  # fmt: skip


def _install(layout: CheckoutLayout, step: ProgressStep) -> None:
    pip = [str(layout.python), "-m", "pip", "install", "--require-hashes", "--no-input", "-r"]
    log = layout.logs / "packages.log"
    try:
        _install_with_uv(layout, step, pip)
    except SetupFailed as exc:
        step.note(f"uv can't: {str(exc).strip().splitlines()[-1].strip()[:100]}")
        run_logged([*pip, str(layout.lock)], step, "pip: {count} lines, about a minute", log=log)


def _install_with_uv(layout: CheckoutLayout, step: ProgressStep, pip: list[str]) -> None:
    uv_lock = layout.logs / "uv.lock"
    uv_lock.parent.mkdir(parents=True, exist_ok=True)
    uv_lock.write_text(lock_entry(layout.lock.read_text(), "uv"))
    run_logged([*pip, str(uv_lock)], step, "installing uv", log=layout.logs / "uv.log")
    run_logged(
        [str(layout.venv / "bin" / "uv"), "pip", "sync", "--require-hashes", str(layout.lock)],
        step,
        "uv: {count} packages",
        log=layout.logs / "packages.log",
        environ={"VIRTUAL_ENV": str(layout.venv), **uv_settings(os.environ)},
    )


def uv_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """The caller's settings for pip, as far as uv has the same and they are not made already."""
    return {
        theirs: environ[ours]
        for ours, theirs in _FOR_UV.items()
        if environ.get(ours) and theirs not in environ
    }


def lock_entry(lock: str, package: str) -> str:
    """A package's lines of the lock: its version and its hashes. Raises SetupFailed."""
    lines = iter(lock.splitlines())
    for line in lines:
        if line.startswith(f"{package}=="):
            entry = [line]
            while entry[-1].endswith("\\"):
                entry.append(next(lines))
            return "\n".join(entry) + "\n"
    raise SetupFailed(f"requirements.lock has no {package}; add it to requirements.in: make lock")
