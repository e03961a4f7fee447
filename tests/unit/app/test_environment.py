"""The function's environment."""

import pytest

from app.environment import read_environment
from app.errors import EnvironmentInvalid

GOOD = {
    "AWS_REGION": "us-west-2",
    "TABLE": "items",
    "CONTROL_TABLE": "control",
    "TABLE_BUDGET_S": "1.5",
}


def test_a_complete_environment_is_read() -> None:
    settings = read_environment(GOOD)

    assert settings.region == "us-west-2"
    assert settings.table_budget_s == 1.5


@pytest.mark.parametrize("name", GOOD)
def test_a_missing_variable_is_named(name: str) -> None:
    with pytest.raises(EnvironmentInvalid, match=f"{name} is not set"):
        read_environment({key: value for key, value in GOOD.items() if key != name})


@pytest.mark.parametrize("text", ["soon", "0", "-1", "nan", "901"])
def test_an_invalid_budget_is_refused(text: str) -> None:
    with pytest.raises(EnvironmentInvalid, match=f"TABLE_BUDGET_S is '{text}'"):
        read_environment({**GOOD, "TABLE_BUDGET_S": text})
