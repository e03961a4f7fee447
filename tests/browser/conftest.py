"""A deployed copy of the checkout for all browser tests, and a browser for a module.

A test that breaks something mends it, so that one system is enough.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.visits import Visits, running_browser
from tests.e2e.both_doors.dns_system import DnsSystem, deployed_dns_system
from tests.e2e.checkout import Checkout, deployed_copy


@pytest.fixture(scope="package")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """The system's checkout, with both front doors."""
    yield from deployed_copy(tmp_path_factory.mktemp("shown"))


@pytest.fixture(scope="package")
def system(checkout: Checkout) -> DnsSystem:
    return deployed_dns_system(checkout)


@pytest.fixture(scope="module")
def browser(system: DnsSystem) -> Iterator[Browser]:
    """Not for more than a module: while it is open, no test can be a coroutine."""
    with running_browser(system.authority) as started:
        yield started


@pytest.fixture
def visits(browser: Browser, system: DnsSystem) -> Iterator[Visits]:
    with Visits(browser, system) as opened:
        yield opened
