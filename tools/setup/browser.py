"""Provides Chromium, which the browser tests drive: the system's, or the system's package."""

import shutil

from tools.setup.layout import CheckoutLayout
from tools.setup.progress import ProgressStep, SetupFailed
from tools.setup.system_packages import install_system_package, usable_apt_get

NAMES = ("chromium", "chromium-browser", "google-chrome")
PACKAGE = "chromium"
_LACKING = f"the browser tests need Chromium, and PATH has none of {', '.join(NAMES)}"


def find_browser(path: str | None = None) -> str | None:
    """The first browser on this search path, PATH if none is given."""
    return next(filter(None, (shutil.which(name, path=path) for name in NAMES)), None)


def ensure_browser(layout: CheckoutLayout) -> None:
    """Find a browser or install one. Raises SetupFailed."""
    provide_browser(layout, ProgressStep("Chromium"), path=None, apt_get=usable_apt_get())


def provide_browser(
    layout: CheckoutLayout, step: ProgressStep, *, path: str | None, apt_get: str | None
) -> None:
    """`ensure_browser` with the search path and the installer given."""
    if find_browser(path):
        step.note("ready")
        return
    install_system_package(PACKAGE, layout, step, lacking=_LACKING, apt_get=apt_get)
    if not find_browser(path):
        raise SetupFailed(f"{_LACKING}, even with the package {PACKAGE}; install one of them")
    step.done("installed")
