"""Names and values of stage variables."""

import pytest

from twin.control.apigateway.stage_variables import merge_variables
from twin.control.document_service import CallRefused


def test_names_are_words_and_values_may_be_urls() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/stage-variables.html"""
    good = {"a_1": "https://a.test/b?c=d&e=f,g", "b": "c"}

    assert merge_variables({}, good) == good


def test_an_empty_value_removes_a_variable() -> None:
    """https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/apigatewayv2/stage.go"""
    assert merge_variables({"a": "1", "b": "2"}, {"a": "", "c": "3"}) == {"b": "2", "c": "3"}


@pytest.mark.parametrize("wrong", [{"a-b": "c"}, {"": "c"}, {"a": "<"}, {"a": "x" * 513}])
def test_others_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(CallRefused, match="Invalid stage variable"):
        merge_variables({}, wrong)
