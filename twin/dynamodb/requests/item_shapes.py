"""The shapes of the requests that read and write items.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
"""

from twin.dynamodb.json_types import MODEL
from twin.dynamodb.requests.shapes import (
    AnyMap,
    AnyValue,
    Flag,
    ListOf,
    MapOf,
    Shape,
    Structure,
    Text,
    Whole,
)

NAME_PATTERN = "[a-zA-Z0-9_.-]+"
TABLE_NAME_IN_BATCH = Text(minimum=3, maximum=255, pattern=NAME_PATTERN)
TABLE_NAME = Text(minimum=1, maximum=255, pattern=NAME_PATTERN)
"""Of a table that should exist; a new one's name has at least three characters."""
INDEX_NAME = Text(minimum=3, maximum=255, pattern=NAME_PATTERN)
CAPACITY = Text(choices=("INDEXES", "TOTAL", "NONE"))
COLLECTION_METRICS = Text(choices=("SIZE", "NONE"))
RETURN_VALUES = Text(choices=("ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"))
ON_CHECK_FAILURE = Text(choices=("ALL_OLD", "NONE"))
OPERATOR = Text(choices=("OR", "AND"))
COMPARISON = Text(
    choices=(
        "IN", "NULL", "BETWEEN", "LT", "NOT_CONTAINS", "EQ", "GT", "NOT_NULL", "NE", "LE",
        "BEGINS_WITH", "GE", "CONTAINS",
    )
)  # fmt: skip
TEXT = Text()
ITEM = AnyMap()
NAMES = MapOf(TEXT, "java.lang.String")
ATTRIBUTES_TO_GET = ListOf(TEXT, minimum=1, maximum=255)
VALUES = ListOf(AnyValue())
EXPECTED = MapOf(
    Structure(
        "ExpectedAttributeValue",
        {
            "AttributeValueList": VALUES,
            "ComparisonOperator": COMPARISON,
            "Exists": Flag(),
            "Value": AnyValue(),
        },
    ),
    f"{MODEL}ExpectedAttributeValue",
)
CONDITIONS = MapOf(
    Structure(
        "Condition",
        {"AttributeValueList": VALUES, "ComparisonOperator": COMPARISON},
        frozenset({"ComparisonOperator"}),
    ),
    f"{MODEL}Condition",
)
CONDITION_MEMBERS: dict[str, Shape] = {
    "ConditionExpression": TEXT,
    "ExpressionAttributeValues": ITEM,
    "ExpressionAttributeNames": NAMES,
}
WRITE_MEMBERS: dict[str, Shape] = {
    "ReturnConsumedCapacity": CAPACITY,
    "TableName": TABLE_NAME,
    "ReturnValues": RETURN_VALUES,
    "ReturnItemCollectionMetrics": COLLECTION_METRICS,
    "ReturnValuesOnConditionCheckFailure": ON_CHECK_FAILURE,
    "ConditionalOperator": OPERATOR,
    "Expected": EXPECTED,
    **CONDITION_MEMBERS,
}
READ_MEMBERS: dict[str, Shape] = {
    "Select": Text(
        choices=("SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES")
    ),
    "IndexName": INDEX_NAME,
    "ReturnConsumedCapacity": CAPACITY,
    "TableName": TABLE_NAME,
    "ConditionalOperator": OPERATOR,
    "AttributesToGet": ATTRIBUTES_TO_GET,
    "Limit": Whole(minimum=1),
    "ExclusiveStartKey": ITEM,
    "ConsistentRead": Flag(),
    "FilterExpression": TEXT,
    "ProjectionExpression": TEXT,
    "ExpressionAttributeValues": ITEM,
    "ExpressionAttributeNames": NAMES,
}
_TABLE_AND_KEY = frozenset({"TableName", "Key"})

GET_ITEM = Structure(
    "GetItemInput",
    {
        "ReturnConsumedCapacity": CAPACITY,
        "AttributesToGet": ATTRIBUTES_TO_GET,
        "TableName": TABLE_NAME,
        "Key": ITEM,
        "ConsistentRead": Flag(),
        "ProjectionExpression": TEXT,
        "ExpressionAttributeNames": NAMES,
    },
    _TABLE_AND_KEY,
)
PUT_ITEM = Structure(
    "PutItemInput", {**WRITE_MEMBERS, "Item": ITEM}, frozenset({"TableName", "Item"})
)
DELETE_ITEM = Structure("DeleteItemInput", {**WRITE_MEMBERS, "Key": ITEM}, _TABLE_AND_KEY)
UPDATE_ITEM = Structure(
    "UpdateItemInput",
    {
        **WRITE_MEMBERS,
        "Key": ITEM,
        "UpdateExpression": TEXT,
        "AttributeUpdates": MapOf(
            Structure(
                "AttributeValueUpdate",
                {"Action": Text(choices=("ADD", "DELETE", "PUT")), "Value": AnyValue()},
            ),
            f"{MODEL}AttributeValueUpdate",
        ),
    },
    _TABLE_AND_KEY,
)
QUERY = Structure(
    "QueryInput",
    {
        **READ_MEMBERS,
        "QueryFilter": CONDITIONS,
        "KeyConditions": CONDITIONS,
        "Limit": Whole(minimum=1, modern=True),
        "ScanIndexForward": Flag(),
        "KeyConditionExpression": TEXT,
    },
    frozenset({"TableName"}),
)
SCAN = Structure(
    "ScanInput",
    {
        **READ_MEMBERS,
        "ScanFilter": CONDITIONS,
        "Segment": Whole(minimum=0, maximum=999_999),
        "TotalSegments": Whole(minimum=1, maximum=1_000_000),
    },
    frozenset({"TableName"}),
)
BATCH_GET_ITEM = Structure(
    "BatchGetItemInput",
    {
        "RequestItems": MapOf(
            Structure(
                "KeysAndAttributes",
                {
                    "Keys": ListOf(ITEM, minimum=1, maximum=100, modern=True),
                    "AttributesToGet": ATTRIBUTES_TO_GET,
                    "ConsistentRead": Flag(),
                    "ProjectionExpression": TEXT,
                    "ExpressionAttributeNames": NAMES,
                },
                frozenset({"Keys"}),
            ),
            f"{MODEL}KeysAndAttributes",
            maximum=100,
            key=TABLE_NAME_IN_BATCH,
            json=True,
        ),
        "ReturnConsumedCapacity": CAPACITY,
    },
)
BATCH_WRITE_ITEM = Structure(
    "BatchWriteItemInput",
    {
        "ReturnConsumedCapacity": CAPACITY,
        "ReturnItemCollectionMetrics": COLLECTION_METRICS,
        "RequestItems": MapOf(
            ListOf(
                Structure(
                    "WriteRequest",
                    {
                        "DeleteRequest": Structure(
                            "DeleteRequest", {"Key": ITEM}, frozenset({"Key"})
                        ),
                        "PutRequest": Structure("PutRequest", {"Item": ITEM}, frozenset({"Item"})),
                    },
                )
            ),
            f"java.util.List<{MODEL}WriteRequest>",
            maximum=25,
            key=TABLE_NAME_IN_BATCH,
            length=(1, 25),
        ),
    },
)


def _action(kind: str, members: dict[str, Shape], *required: str) -> Structure:
    common = {
        "TableName": TABLE_NAME,
        "ReturnValuesOnConditionCheckFailure": ON_CHECK_FAILURE,
        **CONDITION_MEMBERS,
    }
    return Structure(kind, {**common, **members}, frozenset({"TableName", *required}))


TRANSACT_WRITE_ITEMS = Structure(
    "TransactWriteItemsInput",
    {
        "ClientRequestToken": Text(minimum=1, maximum=36),
        "ReturnConsumedCapacity": CAPACITY,
        "ReturnItemCollectionMetrics": COLLECTION_METRICS,
        "TransactItems": ListOf(
            Structure(
                "TransactWriteItem",
                {
                    "ConditionCheck": _action(
                        "ConditionCheck", {"Key": ITEM}, "Key", "ConditionExpression"
                    ),
                    "Put": _action("Put", {"Item": ITEM}, "Item"),
                    "Delete": _action("Delete", {"Key": ITEM}, "Key"),
                    "Update": _action(
                        "Update", {"Key": ITEM, "UpdateExpression": TEXT}, "Key", "UpdateExpression"
                    ),
                },
            ),
            minimum=1,
            maximum=100,
        ),
    },
    frozenset({"TransactItems"}),
)
TRANSACT_GET_ITEMS = Structure(
    "TransactGetItemsInput",
    {
        "ReturnConsumedCapacity": CAPACITY,
        "TransactItems": ListOf(
            Structure(
                "TransactGetItem",
                {
                    "Get": Structure(
                        "Get",
                        {
                            "TableName": TABLE_NAME,
                            "Key": ITEM,
                            "ProjectionExpression": TEXT,
                            "ExpressionAttributeNames": NAMES,
                        },
                        _TABLE_AND_KEY,
                    )
                },
                frozenset({"Get"}),
            ),
            minimum=1,
            maximum=100,
        ),
    },
    frozenset({"TransactItems"}),
)
