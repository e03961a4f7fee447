"""Time to live as a setting: which attribute tells when an item expires.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html
"""

from twin.core.tables.table_engine import JsonObject
from twin.dynamodb.catalogue import Outcome, Request, TableCatalogue
from twin.dynamodb.errors import validation_error


def describe_time_to_live(catalogue: TableCatalogue, request: Request) -> Outcome:
    ttl = catalogue.table(request["TableName"]).shared["ttl"]
    description: JsonObject = {"TimeToLiveStatus": "ENABLED" if ttl["enabled"] else "DISABLED"}
    if ttl["enabled"]:
        description["AttributeName"] = ttl["attribute"]
    return Outcome({"TimeToLiveDescription": description})


def update_time_to_live(catalogue: TableCatalogue, request: Request) -> Outcome:
    record = catalogue.table(request["TableName"])
    wanted = request["TimeToLiveSpecification"]
    enable, attribute = wanted["Enabled"], wanted["AttributeName"]
    ttl = record.shared["ttl"]
    if ttl["enabled"] and ttl["attribute"] != attribute:
        raise validation_error(
            "TimeToLive is active on a different AttributeName: current AttributeName is "
            f"{ttl['attribute']}"
        )
    if enable == ttl["enabled"]:
        word = "enabled" if enable else "disabled"
        raise validation_error(f"TimeToLive is already {word}")
    record.shared["ttl"] = {"enabled": enable, "attribute": attribute if enable else ""}
    return Outcome({"TimeToLiveSpecification": {"Enabled": enable, "AttributeName": attribute}})
