"""A REST API of each test's own, in a control process."""

from collections.abc import Iterator

import pytest

from tests.functional.twin.provider.driver import Driver, Resource
from tests.functional.twin.provider.resources.apigateway.rest_apis import make_api


@pytest.fixture(scope="module")
def driver(control_driver: Driver) -> Driver:
    return control_driver


@pytest.fixture
def api(driver: Driver) -> Iterator[Resource]:
    made = make_api(driver)
    yield made
    driver.delete(made)
