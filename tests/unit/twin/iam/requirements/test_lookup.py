"""Every operation that the twin serves has its permissions, and none fails on odd parameters.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.twin.iam.requirements.requirement_lists import make_scope
from twin.control.globalaccelerator.service import OPERATIONS as ACCELERATOR_OPERATIONS
from twin.dynamodb.engine import MemoryTableEngine
from twin.iam.requirements.lookup import SERVICE_TABLES, find_requirements
from twin.moto.calls.served_operations import SERVED
from twin.region.tables.streams import TableStreams
from twin.runtime.instance import ACCOUNT

STREAMS = {"DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"}
NO_PERMISSION = {("sts", "GetCallerIdentity"), ("sts", "GetSessionToken")}
EVERYTHING = [
    (service, operation)
    for service, table in SERVICE_TABLES.items()
    for operation in sorted(table.operations)
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
MEMBERS = st.sampled_from(
    [
        "TableName",
        "IndexName",
        "Key",
        "Item",
        "RequestItems",
        "TransactItems",
        "Statements",
        "TransactStatements",
        "Statement",
        "ReplicaUpdates",
        "Tags",
        "TagKeys",
        "TagSpecifications",
        "ShardIterator",
        "StreamArn",
        "ResourceArn",
        "KeyConditions",
        "KeyConditionExpression",
        "ExpressionAttributeNames",
        "ExpressionAttributeValues",
        "ProjectionExpression",
        "AttributesToGet",
        "Expected",
        "AcceleratorArn",
        "EndpointGroupArn",
    ]
)


def test_the_operations_of_control_are_all_there() -> None:
    for service, operations in SERVED.items():
        beside = {"Invoke"} if service == "lambda" else set()
        assert SERVICE_TABLES[service].operations == operations | beside


def test_the_operations_of_global_accelerator_are_all_there() -> None:
    assert SERVICE_TABLES["globalaccelerator"].operations == set(ACCELERATOR_OPERATIONS)


def test_the_operations_of_a_regions_tables_are_all_there() -> None:
    engine = MemoryTableEngine("eu-central-1", ACCOUNT, lambda: 0.0)
    streams = TableStreams(engine=engine, region="eu-central-1", now=lambda: 0.0)
    operations = SERVICE_TABLES["dynamodb"].operations

    assert {name for name in operations if streams.serves(name)} == STREAMS
    model = ServiceModel(Loader().load_service_model("dynamodb", "service-2"))
    served = {name for name in model.operation_names if engine.serves(name)}
    # The Region itself deletes tables and brings them back, and asks the engine within.
    assert operations - STREAMS == served | {"DeleteTable", "RestoreTableToPointInTime"}


@pytest.mark.parametrize(("service", "operation"), EVERYTHING)
def test_an_operation_without_parameters_needs_its_own_action(service: str, operation: str) -> None:
    found = find_requirements(service, operation, {}, make_scope())

    assert found is not None
    actions = {requirement.action for requirement in found}
    in_parts = service == "dynamodb" and operation in [
        "BatchExecuteStatement",
        "BatchGetItem",
        "BatchWriteItem",
        "ExecuteTransaction",
        "TransactGetItems",
        "TransactWriteItems",
    ]
    assert bool(actions) is not (in_parts or (service, operation) in NO_PERMISSION)
    assert all(action.partition(":")[2] for action in actions)


def test_an_operation_that_the_twin_does_not_serve_has_none() -> None:
    assert find_requirements("dynamodb", "CreateBackup", {}, make_scope()) is None
    assert find_requirements("sqs", "SendMessage", {}, make_scope()) is None


@given(
    name=st.sampled_from(sorted(SERVICE_TABLES["dynamodb"].operations)),
    parameters=st.dictionaries(MEMBERS, JSON, max_size=4),
)
def test_parameters_of_any_kind_make_no_error(name: str, parameters: dict[str, object]) -> None:
    """Regions and Global Accelerator check parameters only after the permissions."""
    find_requirements("dynamodb", name, parameters, make_scope())
    for operation in ("AddEndpoints", "CreateAccelerator", "TagResource"):
        find_requirements("globalaccelerator", operation, parameters, make_scope())
