"""The virtual environment: created if none works, updated when the lock has changed.

A stamp is removed first and written last, so that an interrupted install is recognised and
repeated. The installer checks the lock's hashes. It is uv, in the lock's version, which takes 3 s
instead of pip's 55 s. Where uv fails (an index that only pip is configured for), pip installs.
"""

import hashlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tools.setup.layout import CheckoutLayout
from tools.setup.progress import ProgressStep, SetupFailed, run_logged
from tools.setup.system_packages import install_system_package, usable_apt_get

STAMP = "muster-stamp"
_FINDS_PACKAGES = "import importlib.util as u, sys; sys.exit(u.find_spec('pip') is None)"
_ERROR_LENGTH = 200
# Environment variables of pip, and the names that uv has for them.
_FOR_UV = {
    "PIP_FIND_LINKS": "UV_FIND_LINKS",
    "PIP_INDEX_URL": "UV_DEFAULT_INDEX",
    "PIP_EXTRA_INDEX_URL": "UV_INDEX",
    "PIP_CERT": "SSL_CERT_FILE",
}


def ensure_python_environment(layout: CheckoutLayout) -> None:
    """Make the environment match the lock. Raises SetupFailed."""
    step = ProgressStep("Python environment")
    wanted = lock_fingerprint(layout.lock)
    stamp = layout.venv / STAMP
    installed = stamp.read_text() if stamp.exists() else ""
    works = bool(installed) and _is_working(layout)
    if works and installed == wanted:
        step.note("ready")
        return
    stamp.unlink(missing_ok=True)
    if not works:
        _create(layout, step)
    _install(layout, step)
    stamp.write_text(wanted)
    step.done("installed" if not works else "brought to the lock")


def lock_fingerprint(lock: Path) -> str:
    """Hash of the lock, which names the environment's content."""
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def _is_working(layout: CheckoutLayout) -> bool:
    """Whether its Python still starts and finds packages: the system's Python may have changed."""
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
        "creating it",
        log=layout.logs / "venv.log",
    )


def _install_venv_package(layout: CheckoutLayout, step: ProgressStep) -> None:
    """On Debian and Ubuntu `venv` is a package of its own."""
    install_system_package(
        f"python{sys.version_info.major}.{sys.version_info.minor}-venv",
        layout,
        step,
        lacking=f"{sys.executable} can't make virtual environments",
        apt_get=usable_apt_get(),
    )


def _install(layout: CheckoutLayout, step: ProgressStep) -> None:
    pip = [str(layout.python), "-m", "pip", "install", "--require-hashes", "--no-input", "-r"]
    log = layout.logs / "packages.log"
    try:
        _install_with_uv(layout, step, pip)
    except SetupFailed as exc:
        step.note(f"uv failed, trying pip: {extract_uv_error(str(exc))}")
        run_logged([*pip, str(layout.lock)], step, "pip: {count} lines, about a minute", log=log)


def extract_uv_error(output: str) -> str:
    """uv's error and its innermost cause, in one line; without an error the last line.

    After them uv prints hints, which say nothing of what failed.
    """
    lines = [line.strip() for line in output.strip().splitlines()]
    errors = [n for n, line in enumerate(lines) if line.lower().startswith("error: ")]
    if not errors:
        return lines[-1][:_ERROR_LENGTH]
    said = [_after_label(lines[errors[0]])]
    causes = [line for line in lines[errors[0] :] if line.startswith("cause: ")]
    said += map(_after_label, causes[-1:])  # each cause has its own cause below it
    return ": ".join(said)[:_ERROR_LENGTH]


def _after_label(line: str) -> str:
    return line.partition(": ")[2]


def _install_with_uv(layout: CheckoutLayout, step: ProgressStep, pip: list[str]) -> None:
    uv_lock = layout.logs / "uv.lock"
    uv_lock.parent.mkdir(parents=True, exist_ok=True)
    uv_lock.write_text(lock_entry(layout.lock.read_text(), "uv"))
    run_logged([*pip, str(uv_lock)], step, "installing uv", log=layout.logs / "uv.log")
    run_logged(
        [str(layout.venv / "bin" / "uv"), "pip", "sync", "--require-hashes", str(layout.lock)],
        step,
        "packages by uv: {count}",
        log=layout.logs / "packages.log",
        environ={"VIRTUAL_ENV": str(layout.venv), **uv_settings(os.environ)},
    )


def uv_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """The caller's settings for pip as uv's, unless uv has its own."""
    return {
        uv_name: environ[pip_name]
        for pip_name, uv_name in _FOR_UV.items()
        if environ.get(pip_name) and uv_name not in environ
    }


def lock_entry(lock: str, package: str) -> str:
    """The lines of one package in the lock: its version and hashes. Raises SetupFailed."""
    lines = iter(lock.splitlines())
    for line in lines:
        if line.startswith(f"{package}=="):
            entry = [line]
            while entry[-1].endswith("\\"):
                entry.append(next(lines))
            return "\n".join(entry) + "\n"
    raise SetupFailed(f"requirements.lock has no {package}; add it to requirements.in: make lock")
