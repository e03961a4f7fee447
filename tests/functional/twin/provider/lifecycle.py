"""A resource's whole life: created, unchanged, drifted, changed, gone."""

from tests.functional.twin.provider.driver import Driver, Resource
from twin.provider.values import Properties


def check_lifecycle(
    driver: Driver, token: str, name: str, args: Properties, change: Properties
) -> Resource:
    """Create, refresh and update it, with no difference after each; return it."""
    made = driver.create(token, name, args)
    assert driver.diff(made, args) == ([], [])
    refreshed = driver.refresh(made)
    assert refreshed is not None
    assert driver.diff(refreshed, args) == ([], [])
    if not change:
        return made
    wanted = {**args, **change}
    changed = driver.update(made, wanted)
    assert driver.diff(changed, wanted) == ([], [])
    again = driver.refresh(changed)
    assert again is not None
    assert driver.diff(again, wanted) == ([], [])
    return again


def check_deletion(driver: Driver, *resources: Resource) -> None:
    """Delete them twice, which is no error, and refresh to None."""
    for resource in resources:
        driver.delete(resource)
        driver.delete(resource)
        assert driver.refresh(resource) is None
