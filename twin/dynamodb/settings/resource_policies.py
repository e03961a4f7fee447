"""Resource-based policies of tables: checked, stored and returned.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutResourcePolicy.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteResourcePolicy.html
"""

from twin.core.tables.table_engine import JsonObject, TableApiError
from twin.dynamodb.catalogue import Outcome, Request, TableCatalogue, TableRecord
from twin.dynamodb.errors import validation_error
from twin.dynamodb.item_size import text_size
from twin.dynamodb.settings.resources import resource_table
from twin.iam.policy import PolicyUnreadable, Statement, parse_policy

MAX_POLICY_BYTES = 20 * 1024
NO_POLICY = "NO_POLICY"
"""An ExpectedRevisionId that says that there is no policy yet."""


def new_policy(catalogue: TableCatalogue, document: str) -> JsonObject:
    """The stored form of a policy. Raises ValidationException for a malformed one."""
    if text_size(document) > MAX_POLICY_BYTES:
        raise validation_error(f"Resource-based policy exceeds {MAX_POLICY_BYTES} bytes")
    try:
        statements = parse_policy(document).statements
    except PolicyUnreadable as exc:
        raise _invalid_policy(str(exc)) from exc
    for statement in statements:
        if missing := _find_missing(statement):
            raise _invalid_policy(f"a statement has neither {missing} nor Not{missing}")
    return {"document": document, "revision": str(int(catalogue.now() * 1000))}


def _find_missing(statement: Statement) -> str | None:
    """The element that a statement of a resource-based policy must have, and this one has not.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    """
    elements: dict[str, tuple[object, object]] = {
        "Principal": (statement.principals, statement.not_principals),
        "Action": (statement.actions, statement.not_actions),
        "Resource": (statement.resources, statement.not_resources),
    }
    return next((name for name, found in elements.items() if found == (None, None)), None)


def _invalid_policy(reason: str) -> TableApiError:
    return validation_error(
        f"One or more parameter values were invalid: Invalid policy document: {reason}"
    )


def put_resource_policy(catalogue: TableCatalogue, request: Request) -> Outcome:
    record = resource_table(catalogue, request["ResourceArn"], "PutResourcePolicy")
    _check_revision(record, request.get("ExpectedRevisionId"))
    policy = new_policy(catalogue, request["Policy"])
    present = record.local["policy"]
    if present is None or present["document"] != policy["document"]:
        record.local["policy"] = policy
    return Outcome({"RevisionId": record.local["policy"]["revision"]})


def get_resource_policy(catalogue: TableCatalogue, request: Request) -> Outcome:
    record = resource_table(catalogue, request["ResourceArn"], "GetResourcePolicy")
    policy = record.local["policy"]
    if policy is None:
        raise _not_found(record)
    return Outcome({"Policy": policy["document"], "RevisionId": policy["revision"]})


def delete_resource_policy(catalogue: TableCatalogue, request: Request) -> Outcome:
    record = resource_table(catalogue, request["ResourceArn"], "DeleteResourcePolicy")
    _check_revision(record, request.get("ExpectedRevisionId"))
    policy = record.local["policy"]
    record.local["policy"] = None
    return Outcome({} if policy is None else {"RevisionId": policy["revision"]})


def _check_revision(record: TableRecord, expected: str | None) -> None:
    """Raise PolicyNotFoundException unless the present policy has the revision."""
    policy = record.local["policy"]
    present = NO_POLICY if policy is None else policy["revision"]
    if expected is not None and expected != present:
        raise _not_found(record)


def _not_found(record: TableRecord) -> TableApiError:
    return TableApiError(
        "PolicyNotFoundException",
        f"Resource-based policy not found for the provided ResourceArn: {record.arn}",
    )
