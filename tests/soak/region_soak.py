"""`python -m tests.soak.region_soak --calls 20000 --seed 1`: random calls to a Region's DynamoDB.

Over HTTP, to the tables of two Regions that replicate to each other. Checks after each call that
the response is no server error and can be read as an SDK reads it, and that the process lives; for
some of the failed writes that the items are the same as before; at the end, that both Regions have
the same items, and have them again after `kill -9`.
"""

import json
import random
import sys
import tempfile
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from tests.functional.twin.region.tables.conftest import HOME, PEER, RegionProcesses
from tests.soak.calls.fault_report import FaultReport, parse_options
from tests.soak.calls.generator import CallGenerator
from tests.soak.calls.templates import DYNAMODB_TEMPLATES
from twin.moto.calls.aws_call import AwsCall, AwsResponse
from twin.settings import TwinSettings

SERVED = {
    "dynamodb": (
        "BatchExecuteStatement",
        "BatchGetItem",
        "BatchWriteItem",
        "CreateTable",
        "DeleteItem",
        "DeleteTable",
        "DescribeContinuousBackups",
        "DescribeEndpoints",
        "DescribeLimits",
        "DescribeTable",
        "DescribeTimeToLive",
        "ExecuteStatement",
        "ExecuteTransaction",
        "GetItem",
        "ListTables",
        "ListTagsOfResource",
        "PutItem",
        "Query",
        "Scan",
        "TagResource",
        "TransactGetItems",
        "TransactWriteItems",
        "UntagResource",
        "UpdateContinuousBackups",
        "UpdateItem",
        "UpdateTable",
        "UpdateTimeToLive",
    ),
    "dynamodbstreams": ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"),
}
TABLES = ("items", "ordered")
COMPARED_SHARE = 0.05
"""Of the failed calls: those after which the items are compared with those before."""


def main(argv: list[str]) -> int:
    calls, rng = parse_options(argv)
    with tempfile.TemporaryDirectory() as folder:
        regions = RegionProcesses(Path(folder) / "twin")
        regions.configure(TwinSettings(speed=20.0))
        try:
            regions.start(HOME, PEER)
            create_tables(regions)
            return RegionSoak(regions, rng).run(calls)
        finally:
            regions.kill_all()


def create_tables(regions: RegionProcesses) -> None:
    regions.create_table(PEER)
    regions.client(HOME).create_table(
        TableName="ordered",
        KeySchema=[
            {"AttributeName": "id", "KeyType": "HASH"},
            {"AttributeName": "at", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "at", "AttributeType": "N"},
        ],
        BillingMode="PAY_PER_REQUEST",
        DeletionProtectionEnabled=True,
    )
    regions.client(HOME).update_table(TableName="items", DeletionProtectionEnabled=True)


class RegionSoak:
    """Two Regions' tables, and the faults that calls have shown in them."""

    def __init__(self, regions: RegionProcesses, rng: random.Random) -> None:
        self._regions = regions
        self._rng = rng
        self._generator = CallGenerator(rng, SERVED, DYNAMODB_TEMPLATES)
        self._report = FaultReport()

    def run(self, calls: int) -> int:
        """Make the calls; 1 if any of them has shown a fault."""
        call = AwsCall(method="POST", url="/")
        for _ in range(calls):
            call, service, operation = self._generator.make_call()
            compared = self._rng.random() < COMPARED_SHARE
            before = self._items(HOME) if compared else None
            try:
                response = self._send(call)
            except (OSError, HTTPException) as exc:
                self._report.note(f"{type(exc).__name__}: {exc}", call)
                break
            self._report.answers[response.status] += 1
            if response.status >= 500 and response.status != 501:
                self._report.note(f"{response.status} {response.body[:150]!r}", call)
            if not response.succeeded and compared and self._items(HOME) != before:
                self._report.note("a failed call left a change", call)
            try:
                self._generator.learn(service, operation, response)
            except Exception as exc:  # noqa: BLE001 - whatever an SDK would stumble over
                self._report.note(f"the response can't be read: {type(exc).__name__}: {exc}", call)
        else:
            self._compare(call)
        return self._report.finish(f"{calls} calls")

    def _compare(self, last: AwsCall) -> None:
        self._regions.settle(HOME, PEER)
        before = {region: self._items(region) for region in (HOME, PEER)}
        shared = before[HOME].keys() & before[PEER].keys()
        if any(before[HOME][table] != before[PEER][table] for table in shared):
            self._report.note("the Regions have different items", last)
        for region in (HOME, PEER):
            self._regions.kill(region)
            self._regions.start(region)
            if self._items(region) != before[region]:
                self._report.note(f"{region} has other items after a restart", last)

    def _send(self, call: AwsCall) -> AwsResponse:
        headers = {name: value for name, value in call.headers.items() if name != "host"}
        address = self._regions.instance.region_address(HOME)
        with closing(HTTPConnection(*address, timeout=20)) as connection:
            connection.request(call.method, call.url, call.body, headers)
            answer = connection.getresponse()
            return AwsResponse(
                status=answer.status, headers=tuple(answer.getheaders()), body=answer.read()
            )

    def _items(self, region: str) -> dict[str, list[str]]:
        """The items of the tables that are still there: a call may have deleted one."""
        client = self._regions.client(region)
        found: dict[str, list[str]] = {}
        for table in set(TABLES) & set(client.list_tables()["TableNames"]):
            pages = client.get_paginator("scan").paginate(TableName=table)
            items = [item for page in pages for item in page["Items"]]
            found[table] = sorted(json.dumps(item, sort_keys=True, default=repr) for item in items)
        return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
