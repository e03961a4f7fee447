"""Resource-based policies of tables: stored and returned.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutResourcePolicy.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteResourcePolicy.html
"""

import json

from twin.core.tables.table_engine import JsonObject, TableApiError
from twin.dynamodb.catalogue import Outcome, Request, TableCatalogue, TableRecord
from twin.dynamodb.errors import validation_error
from twin.dynamodb.settings.resources import resource_table

MAX_POLICY_BYTES = 20 * 1024
NO_POLICY = "NO_POLICY"
"""An ExpectedRevisionId that says that there is no policy yet."""


def new_policy(catalogue: TableCatalogue, document: str) -> JsonObject:
    """The stored form of a policy. Raises ValidationException for a malformed one."""
    if len(document.encode()) > MAX_POLICY_BYTES:
        raise validation_error(f"Resource-based policy exceeds {MAX_POLICY_BYTES} bytes")
    try:
        parsed = json.loads(document)
    except (ValueError, RecursionError) as exc:
        raise validation_error("Resource-based policy document is not valid JSON") from exc
    if not isinstance(parsed, dict):
        raise validation_error("Resource-based policy document is not a JSON object")
    return {"document": document, "revision": str(int(catalogue.now() * 1000))}


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
