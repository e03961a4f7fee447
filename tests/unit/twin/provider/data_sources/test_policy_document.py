"""Policy documents from objects.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import json

import pytest

from twin.provider.data_sources.policy_document import build_policy_document
from twin.provider.errors import ProviderError
from twin.provider.values import Value


def test_a_statement_is_written_in_iams_words() -> None:
    document = build_policy_document(
        {
            "statements": [
                {
                    "sid": "Trust",
                    "actions": ["sts:AssumeRole"],
                    "principals": [
                        {"type": "Service", "identifiers": ["lambda.amazonaws.com"]},
                        {"type": "AWS", "identifiers": ["2", "1"]},
                    ],
                    "conditions": [
                        {"test": "StringEquals", "variable": "aws:SourceAccount", "values": ["1"]}
                    ],
                },
                {"effect": "Deny", "notActions": ["a:B", "a:A"], "resources": ["*"]},
            ]
        }
    )

    assert document == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Trust",
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": "lambda.amazonaws.com", "AWS": ["1", "2"]},
                "Condition": {"StringEquals": {"aws:SourceAccount": "1"}},
            },
            {"Effect": "Deny", "NotAction": ["a:A", "a:B"], "Resource": "*"},
        ],
    }


def test_a_statement_may_have_the_names_of_python() -> None:
    statement = {"not_actions": ["iam:*"], "not_resources": ["*"]}

    document = build_policy_document({"statements": [statement]})

    assert document["Statement"] == [{"Effect": "Allow", "NotAction": "iam:*", "NotResource": "*"}]


def test_a_name_that_no_statement_has_is_refused() -> None:
    with pytest.raises(ProviderError, match="no 'action'; did you mean actions"):
        build_policy_document({"statements": [{"action": ["a:B"]}]})


def test_a_variable_of_iam_is_written_with_an_ampersand() -> None:
    """https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document"""
    home = "arn:aws:s3:::b/home/&{aws:username}"
    condition = {"test": "StringLike", "variable": "s3:prefix", "values": ["home/&{aws:username}"]}

    document = build_policy_document(
        {"statements": [{"resources": [home], "conditions": [condition]}]}
    )

    (statement,) = document["Statement"]
    assert statement["Resource"] == "arn:aws:s3:::b/home/${aws:username}"
    assert statement["Condition"] == {"StringLike": {"s3:prefix": "home/${aws:username}"}}


def test_everybody_is_a_star() -> None:
    principals = [{"type": "*", "identifiers": ["*"]}]

    document = build_policy_document({"statements": [{"principals": principals}]})

    assert document["Statement"] == [{"Effect": "Allow", "Principal": "*"}]


def test_documents_are_joined_by_the_sids_of_their_statements() -> None:
    def source(sid: str, effect: str) -> str:
        return json.dumps({"Statement": {"Sid": sid, "Effect": effect}})

    document = build_policy_document(
        {
            "policyId": "joined",
            "sourcePolicyDocuments": [source("A", "Allow"), source("B", "Allow")],
            "statements": [{"sid": "C"}],
            "overridePolicyDocuments": [source("A", "Deny")],
        }
    )

    assert document["Id"] == "joined"
    effects = [(each["Sid"], each["Effect"]) for each in document["Statement"]]
    assert effects == [("A", "Deny"), ("B", "Allow"), ("C", "Allow")]


def test_a_source_that_is_no_document_is_told() -> None:
    with pytest.raises(ProviderError, match="no JSON object"):
        build_policy_document({"sourcePolicyDocuments": ["{"]})


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ({"actions": "s3:GetObject"}, r"statements\[0\].actions: expected a list of texts"),
        ({"resources": [1]}, r"statements\[0\].resources: expected a list of texts"),
        ({"principals": [{"type": "AWS"}]}, r"principals\[0\].identifiers: expected a list"),
        ({"principals": [{"type": "AWS", "identifiers": "*"}]}, "expected a list of texts"),
        ({"conditions": [{"test": "a", "variable": "b"}]}, r"conditions\[0\].values: expected"),
        ({"conditions": [{"variable": "b", "values": []}]}, r"conditions\[0\].test: expected text"),
        ("Allow", r"statements\[0\]: expected an object"),
    ],
)
def test_what_is_no_statement_is_refused_with_its_place(statement: Value, reason: str) -> None:
    with pytest.raises(ProviderError, match=reason):
        build_policy_document({"statements": [statement]})


@pytest.mark.parametrize("source", ['{"Statement": ["a"]}', {"Statement": []}, "[" * 100_000])
def test_a_source_of_another_kind_is_told(source: Value) -> None:
    with pytest.raises(ProviderError):
        build_policy_document({"sourcePolicyDocuments": [source]})
