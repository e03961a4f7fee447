"""Operations that list and describe tables, and point-in-time recovery as a setting.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTables.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateContinuousBackups.html
"""

from twin.core.tables.table_engine import JsonObject, TableApiError
from twin.dynamodb.catalogue import Outcome, Request, TableCatalogue, TableRecord
from twin.dynamodb.settings.descriptions import describe_table
from twin.dynamodb.settings.stored_settings import NO_RECOVERY

TABLES_PER_PAGE = 100
DEFAULT_RECOVERY_DAYS = 35
ACCOUNT_UNITS, TABLE_UNITS = 80_000, 40_000
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html"""


def describe_one_table(catalogue: TableCatalogue, request: Request) -> Outcome:
    return Outcome({"Table": describe_table(catalogue.table(request["TableName"]))})


def list_tables(catalogue: TableCatalogue, request: Request) -> Outcome:
    after = request.get("ExclusiveStartTableName", "")
    limit = request.get("Limit", TABLES_PER_PAGE)
    names = sorted(name for name in catalogue.records if name > after)
    page: JsonObject = {"TableNames": names[:limit]}
    if len(names) > limit:
        page["LastEvaluatedTableName"] = names[limit - 1]
    return Outcome(page)


def describe_limits(_catalogue: TableCatalogue, _request: Request) -> Outcome:
    return Outcome(
        {
            "AccountMaxReadCapacityUnits": ACCOUNT_UNITS,
            "AccountMaxWriteCapacityUnits": ACCOUNT_UNITS,
            "TableMaxReadCapacityUnits": TABLE_UNITS,
            "TableMaxWriteCapacityUnits": TABLE_UNITS,
        }
    )


def describe_endpoints(catalogue: TableCatalogue, _request: Request) -> Outcome:
    address = f"dynamodb.{catalogue.region}.amazonaws.com"
    return Outcome({"Endpoints": [{"Address": address, "CachePeriodInMinutes": 1440}]})


def describe_continuous_backups(catalogue: TableCatalogue, request: Request) -> Outcome:
    record = _backed_up_table(catalogue, request)
    return Outcome({"ContinuousBackupsDescription": _describe_recovery(catalogue, record)})


def update_continuous_backups(catalogue: TableCatalogue, request: Request) -> Outcome:
    record = _backed_up_table(catalogue, request)
    wanted = request["PointInTimeRecoverySpecification"]
    if wanted["PointInTimeRecoveryEnabled"]:
        record.local["recovery"] = {
            "ContinuousBackupsStatus": "ENABLED",
            "PointInTimeRecoveryDescription": {
                "PointInTimeRecoveryStatus": "ENABLED",
                "EarliestRestorableDateTime": _earliest(catalogue, record),
                "RecoveryPeriodInDays": wanted.get("RecoveryPeriodInDays", DEFAULT_RECOVERY_DAYS),
            },
        }
    else:
        record.local["recovery"] = NO_RECOVERY
    return Outcome({"ContinuousBackupsDescription": _describe_recovery(catalogue, record)})


def _backed_up_table(catalogue: TableCatalogue, request: Request) -> TableRecord:
    record = catalogue.find(request["TableName"])
    if record is None:
        raise TableApiError("TableNotFoundException", f"Table not found: {request['TableName']}")
    return record


def _earliest(catalogue: TableCatalogue, record: TableRecord) -> float:
    """When recovery was switched on: now, if it is not yet."""
    present = record.local["recovery"]["PointInTimeRecoveryDescription"]
    return float(present.get("EarliestRestorableDateTime", catalogue.now()))


def _describe_recovery(catalogue: TableCatalogue, record: TableRecord) -> JsonObject:
    stored: JsonObject = record.local["recovery"]
    recovery = dict(stored["PointInTimeRecoveryDescription"])
    if recovery["PointInTimeRecoveryStatus"] == "ENABLED":
        recovery["LatestRestorableDateTime"] = catalogue.now()
    return {**stored, "PointInTimeRecoveryDescription": recovery}
