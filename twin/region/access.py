"""Enforces IAM in a Region's process: on DynamoDB's calls and on Invoke, whoever sends them.

The functions call the Region directly, everybody else through the gateway. Requests of the other
processes of the twin (`/_twin/...`) are no AWS calls.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from twin.core.tables.table_engine import TableEngine
from twin.dynamodb.requests.endpoint import MAX_REQUEST_BYTES
from twin.dynamodb.requests.table_arns import table_name
from twin.iam.authorizer import Authorizer, OperationCall, read_json_parameters
from twin.iam.directory import DirectoryReader, directory_path
from twin.iam.session_token import TokenIssuer
from twin.internal_api.aws_errors import lower_headers
from twin.moto.calls.aws_call import AwsCall
from twin.region.tables.storage.store import TableStore
from twin.runtime.daemon import DaemonContext
from twin.runtime.instance import ACCOUNT

INTERNAL_PREFIX = "/_twin/"
ITEM_OPERATIONS = frozenset(
    {
        "BatchExecuteStatement",
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "DescribeTable",
        "ExecuteStatement",
        "ExecuteTransaction",
        "GetItem",
        "GetRecords",
        "PutItem",
        "Query",
        "Scan",
        "TransactGetItems",
        "TransactWriteItems",
        "UpdateItem",
    }
)
"""Operations that leave the tables' policies as they are."""


class RegionFacts:
    """What a Region knows of calls and of tables: twin.iam.authorizer.ResourceFacts."""

    def __init__(self, store: TableStore) -> None:
        self._store = store
        self._policies: dict[tuple[str, str], str | None] = {}
        """(ARN, id of the table) -> policy, as a description of it takes long at each call."""

    @property
    def _engine(self) -> TableEngine:
        return self._store.engine

    def read_operation(self, call: AwsCall) -> OperationCall | None:
        """A call of DynamoDB; Invoke's is made of its route."""
        is_too_large = len(call.body) > MAX_REQUEST_BYTES
        parameters = None if is_too_large else read_json_parameters(call)
        if parameters is None:
            return None
        operation = call.headers.get("x-amz-target", "").rpartition(".")[2]
        return self._operation("dynamodb", operation, parameters)

    def _operation(
        self, service: str, operation: str, parameters: Mapping[str, Any]
    ) -> OperationCall:
        return OperationCall(
            service=service,
            operation=operation,
            parameters=parameters,
            region=self._store.region,
        )

    def forget_policies(self) -> None:
        """Look up policies again: an operation may have changed one."""
        self._policies.clear()

    def resource_policy(self, arn: str) -> str | None:
        """The policy of a table or a stream; an index has its table's.

        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/access-control-resource-based.html
        """
        if not arn.startswith("arn:aws:dynamodb:"):
            return None
        owner = arn.partition("/index/")[0]
        state = self._store.tables.get(table_name(owner))
        if state is None:
            return None
        key = owner, state.id
        if key not in self._policies:
            self._policies[key] = self._read("GetResourcePolicy", owner).get("Policy")
        return self._policies[key]

    def resource_tags(self, arn: str) -> Mapping[str, str]:
        tags = self._read("ListTagsOfResource", arn.partition("/index/")[0]).get("Tags") or ()
        return {tag["Key"]: tag["Value"] for tag in tags}

    def partition_key(self, table: str, index: str) -> str | None:
        if table not in self._store.tables:
            return None
        if not index:
            return self._engine.key_names(table)[0]
        described = self._read("DescribeTable", table, "TableName").get("Table", {})
        for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
            for found in described.get(kind) or ():
                if found["IndexName"] == index:
                    return _hash_key(found["KeySchema"])
        return None

    def _read(self, operation: str, name: str, member: str = "ResourceArn") -> dict[str, Any]:
        result = self._engine.execute(operation, {member: name})
        found: dict[str, Any] = json.loads(result.body) if result.status == 200 else {}
        return found


class InvocationFacts(RegionFacts):
    """The same for one invocation, whose function and qualifier stand in the URL."""

    def __init__(self, store: TableStore, function: str, qualifier: str) -> None:
        super().__init__(store)
        self._parameters = {"FunctionName": function, "Qualifier": qualifier}

    def read_operation(self, call: AwsCall) -> OperationCall | None:
        return self._operation("lambda", "Invoke", self._parameters)


def _hash_key(schema: list[dict[str, str]]) -> str | None:
    return next((key["AttributeName"] for key in schema if key["KeyType"] == "HASH"), None)


class RegionAccess:
    """The middleware that refuses calls, for a twin that enforces IAM."""

    def __init__(self, context: DaemonContext, store: TableStore, issuer: TokenIssuer) -> None:
        self._context = context
        self._store = store
        self._issuer = issuer
        self._directory = DirectoryReader(directory_path(context.instance))
        self._facts = RegionFacts(store)
        self._tables = self._authorizer(self._facts)

    def _authorizer(self, facts: RegionFacts) -> Authorizer:
        return Authorizer(
            account=ACCOUNT,
            root_key=self._context.instance.access_key,
            read_directory=self._directory.current,
            issuer=self._issuer,
            now=self._context.clock.now,
            facts=facts,
        )

    def middleware(self) -> Middleware:
        @web.middleware
        async def check_access(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path.startswith(INTERNAL_PREFIX):
                return await handler(request)
            call = AwsCall(
                method=request.method,
                url=request.raw_path,
                headers=lower_headers(request),
                body=await request.read(),
            )
            authorizer = self._tables
            if "name" in request.match_info:  # the route of Invoke
                function = unquote(request.match_info["name"])
                qualifier = request.query.get("Qualifier", "")
                authorizer = self._authorizer(InvocationFacts(self._store, function, qualifier))
            refusal = authorizer.check(call, call, request.remote or "")
            if refusal is not None:
                return web.Response(
                    status=refusal.status, headers=list(refusal.headers), body=refusal.body
                )
            try:
                return await handler(request)
            finally:
                if call.operation not in ITEM_OPERATIONS:
                    self._facts.forget_policies()

        return check_access
