"""Services and pages by their names."""

import pytest

from app.errors import EnvironmentInvalid
from app.registry import known_services, load_service


def test_each_folder_is_a_service_and_has_its_function() -> None:
    assert "items" in known_services()
    assert all(callable(load_service(name)) for name in known_services())


@pytest.mark.parametrize("name", ["hitz", "items.service", ""])
def test_a_name_that_is_no_service_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(
        EnvironmentInvalid, match=f"SERVICES names '{name}'; this function has .*items"
    ):
        load_service(name)
