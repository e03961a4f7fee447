"""Names and values of stage variables."""

import pytest

from twin.control.apigateway.stage_variables import check_variables
from twin.control.document_service import CallRefused


def test_names_are_words_and_values_may_be_urls() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/stage-variables.html"""
    good = {"a_1": "https://a.test/b?c=d&e=f,g", "b": ""}

    assert check_variables(good) == good


@pytest.mark.parametrize("wrong", [{"a-b": "c"}, {"": "c"}, {"a": "<"}, {"a": "x" * 513}])
def test_others_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(CallRefused, match="Invalid stage variable"):
        check_variables(wrong)
