"""Pages in a browser that stands in a city of the twin, and what went wrong in them.

A city's SOCKS entrance resolves and connects as a client there does. Names are the twin's, so their
certificates are its authority's: Chromium takes the authority's key instead of a public one.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, expect, sync_playwright

from tests.e2e.both_doors.dns_system import DnsSystem
from tools.setup.browser import find_browser

Door = Literal["dns", "accelerator"]
WAIT_S = 20.0
"""Deadline of each wait for a page, also on a busy machine."""
FAILED_REQUESTS = r"Failed to load resource"
"""What Chromium prints for a request without an answer, and for an answer of 400 and above."""

NEXT_FRAME = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"

expect.set_options(timeout=WAIT_S * 1000)


@contextmanager
def running_browser(authority: Path) -> Iterator[Browser]:
    """Chromium, which trusts this certificate authority alone."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser(),
            chromium_sandbox=False,  # needs more rights than root has in a container
            timeout=WAIT_S * 1000,
            args=[f"--ignore-certificate-errors-spki-list={_key_hash(authority)}"],
        )
        yield browser
        browser.close()


def windows_that_scroll(page: Page, *widths: int) -> list[tuple[int, str]]:
    """Widths and colour schemes of windows that the page is wider than.

    Each window is narrower than the one before, so that what a script has sized must shrink.
    """
    found: list[tuple[int, str]] = []
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for width in sorted(widths, reverse=True):
        page.set_viewport_size({"width": width, "height": 800})
        for scheme in schemes:
            page.emulate_media(color_scheme=scheme)
            page.evaluate(NEXT_FRAME)
            if page.evaluate("document.documentElement.scrollWidth") > width:
                found.append((width, scheme))
    return found


def _key_hash(certificate: Path) -> str:
    """SHA-256 of its public key as Chromium's option takes it (SubjectPublicKeyInfo, base64)."""
    key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    encoded = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(hashlib.sha256(encoded).digest()).decode()


@dataclass  # without slots: Playwright adds an attribute for each handler
class Visits:
    """The pages that a test opens. On exit they are closed, and must have had no fault.

    Faults are uncaught errors, errors in the console, among them what the Content-Security-Policy
    refused, and dialogs (no page of ours opens one, but a hostile script does).
    """

    browser: Browser
    system: DnsSystem
    faults: list[str] = field(default_factory=list)
    _expected: list[str] = field(default_factory=list)
    _pages: list[Page] = field(default_factory=list)

    def url(self, door: Door, path: str = "/") -> str:
        """A URL of the service through one of its front doors."""
        outputs = self.system.outputs
        front = outputs["dns"]["url"] if door == "dns" else outputs["url"]
        return f"{front}{path}"

    def open(self, city: str, url: str = "", **options: Any) -> Page:  # noqa: ANN401 - Playwright's
        """A page in a browser profile of its own; `options` as Browser.new_context takes them."""
        proxy = {"server": f"socks5://{self.system.entrance(city)}"}
        context = self.browser.new_context(proxy=proxy, **options)  # type: ignore[arg-type]
        context.set_default_timeout(WAIT_S * 1000)
        page = self.watch(context.new_page())
        if url:
            page.goto(url)
        return page

    def watch(self, page: Page) -> Page:
        """Note the page's faults, which may be a second one of a context; the page."""
        page.on("pageerror", lambda error: self.faults.append(f"uncaught: {error}"))
        page.on("console", self._note_message)
        page.on("dialog", self._note_dialog)
        self._pages.append(page)
        return page

    def expect_faults(self, pattern: str) -> None:
        """Take faults that match this expression for part of the test, from now on."""
        self._expected.append(pattern)

    def unexpected_faults(self) -> list[str]:
        """The faults up to now, without those that the test expects."""
        for page in self._pages:
            if not page.is_closed():
                page.evaluate("0")  # what happened before this is told by now
        return [f for f in self.faults if not any(re.search(e, f) for e in self._expected)]

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(f"console: {message.text} ({message.location.get('url')})")

    def _note_dialog(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                assert self.unexpected_faults() == []
        finally:
            for page in self._pages:
                page.context.close()
