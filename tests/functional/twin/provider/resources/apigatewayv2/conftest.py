"""An HTTP API of each test's own, in a control process."""

from collections.abc import Iterator

import pytest

from tests.functional.twin.provider.driver import Driver, Resource
from tests.functional.twin.provider.resources.apigatewayv2.http_apis import PREFIX


@pytest.fixture(scope="module")
def driver(control_driver: Driver) -> Driver:
    return control_driver


@pytest.fixture
def api(driver: Driver) -> Iterator[Resource]:
    made = driver.create(f"{PREFIX}api:Api", "kv", {"name": "kv", "protocolType": "HTTP"})
    yield made
    driver.delete(made)
