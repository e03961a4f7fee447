"""Packages of Debian and Ubuntu: installed when this user may, else named in the error."""

import os
import shutil

from tools.setup.layout import CheckoutLayout
from tools.setup.progress import ProgressStep, SetupFailed, run_logged


def usable_apt_get() -> str | None:
    """The `apt-get` on PATH, if this user may install with it."""
    return shutil.which("apt-get") if os.geteuid() == 0 else None


def install_system_package(
    package: str, layout: CheckoutLayout, step: ProgressStep, *, lacking: str, apt_get: str | None
) -> None:
    """Install a package. Raises SetupFailed with what is `lacking` if nothing can install it."""
    if apt_get is None:
        raise SetupFailed(
            f"{lacking}; install {package} (sudo apt-get install {package}), then run this again"
        )
    for arguments in (["update", "-q"], ["install", "-qy", package]):
        run_logged(
            [apt_get, *arguments],
            step,
            f"apt-get {arguments[0]}, {{count}} lines",
            log=layout.logs / "apt.log",
            environ={"DEBIAN_FRONTEND": "noninteractive"},
        )
