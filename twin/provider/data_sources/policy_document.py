"""IAM policy documents, written as objects. Pure: nothing is read from AWS.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import json
import re
import zlib
from typing import Any

from common.command.wording import suggest_name
from twin.provider.errors import ProviderError
from twin.provider.schema.invoke_arguments import read_objects, read_texts
from twin.provider.schema.resource_type import DataSource, OperationContext
from twin.provider.values import Properties, Value

_VERSION = "2012-10-17"
_SNAKE = re.compile(r"_([a-z])")
_STATEMENT = frozenset(
    {
        "actions",
        "conditions",
        "effect",
        "notActions",
        "notPrincipals",
        "notResources",
        "principals",
        "resources",
        "sid",
    }
)
"""What a statement may have."""


def _read_policy_document(_: OperationContext, args: Properties) -> Properties:
    document = build_policy_document(args)
    text = json.dumps(document, indent=2)
    return {
        **args,
        "id": str(zlib.crc32(text.encode())),
        "json": text,
        "minifiedJson": json.dumps(document, separators=(",", ":")),
        "version": document["Version"],
    }


def build_policy_document(args: Properties) -> Properties:
    """The document: source documents, then the statements, then overriding documents.

    A statement takes the place of an earlier one with its Sid. Raises ProviderError.
    """
    sources = [*filter(None, [args.get("sourceJson")]), *(args.get("sourcePolicyDocuments") or [])]
    overrides = [
        *(args.get("overridePolicyDocuments") or []),
        *filter(None, [args.get("overrideJson")]),
    ]
    own = [
        _to_statement(statement, f"statements[{i}]")
        for i, statement in enumerate(read_objects(args.get("statements"), "statements"))
    ]
    statements: list[Properties] = []
    for group in (*map(_parse_statements, sources), own, *map(_parse_statements, overrides)):
        for statement in group:
            sid = statement.get("Sid")
            same = [i for i, other in enumerate(statements) if sid and other.get("Sid") == sid]
            if same:
                statements[same[0]] = statement
            else:
                statements.append(statement)
    document: Properties = {"Version": args.get("version") or _VERSION}
    if args.get("policyId"):
        document["Id"] = args["policyId"]
    return {**document, "Statement": statements}


def _parse_statements(text: str) -> list[Properties]:
    try:
        document: Any = json.loads(text)
        found = document.get("Statement", [])
    except (ValueError, TypeError, AttributeError, RecursionError) as exc:
        raise ProviderError(f"a policy document is no JSON object: {exc}") from exc
    return read_objects(found if isinstance(found, list) else [found], "Statement")


def _to_statement(dictionary: Properties, at: str) -> Properties:
    given = _to_wire_names(dictionary)
    statement: Properties = {"Sid": given["sid"]} if given.get("sid") else {}
    statement["Effect"] = given.get("effect") or "Allow"
    for name, member in (
        ("actions", "Action"),
        ("notActions", "NotAction"),
        ("resources", "Resource"),
        ("notResources", "NotResource"),
    ):
        if given.get(name):
            statement[member] = _one_or_list(read_texts(given[name], f"{at}.{name}"))
    for name, member in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        if given.get(name):
            listed = read_objects(
                given[name], f"{at}.{name}", texts=("type",), lists=("identifiers",)
            )
            statement[member] = _to_principals(listed)
    if given.get("conditions"):
        listed = read_objects(
            given["conditions"], f"{at}.conditions", texts=("test", "variable"), lists=("values",)
        )
        statement["Condition"] = _to_conditions(listed)
    return statement


def _to_wire_names(dictionary: Properties) -> Properties:
    """The statement with names as on the wire, each of them known. Raises ProviderError.

    Pulumi sends a dictionary in an invoke's list as the program wrote it: `not_actions` stays so.
    """
    given = {_SNAKE.sub(lambda m: m[1].upper(), name): v for name, v in dictionary.items()}
    for name in sorted(given.keys() - _STATEMENT):
        hint = suggest_name(name, _STATEMENT)
        raise ProviderError(f"a statement of a policy document has no '{name}'{hint}")
    return given


def _one_or_list(values: list[str]) -> Value:
    found = [value.replace("&{", "${") for value in values]
    return found[0] if len(found) == 1 else sorted(found)


def _to_principals(given: list[Properties]) -> Value:
    joined: dict[str, list[str]] = {}
    for principal in given:
        joined.setdefault(principal["type"], []).extend(principal["identifiers"])
    if joined == {"*": ["*"]}:
        return "*"
    return {kind: _one_or_list(identifiers) for kind, identifiers in joined.items()}


def _to_conditions(given: list[Properties]) -> Properties:
    found: dict[str, dict[str, list[str]]] = {}
    for condition in given:
        values = found.setdefault(condition["test"], {}).setdefault(condition["variable"], [])
        values.extend(condition["values"])
    return {
        test: {variable: _one_or_list(values) for variable, values in variables.items()}
        for test, variables in found.items()
    }


DATA_SOURCES = (
    DataSource(
        name="aws:iam/getPolicyDocument:getPolicyDocument",
        service="iam",
        arguments=frozenset(
            {
                "overrideJson",
                "overridePolicyDocuments",
                "policyId",
                "sourceJson",
                "sourcePolicyDocuments",
                "statements",
                "version",
            }
        ),
        read=_read_policy_document,
    ),
)
