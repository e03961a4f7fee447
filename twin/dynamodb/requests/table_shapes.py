"""The shapes of the requests about tables and their settings.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
"""

from twin.dynamodb.requests.item_shapes import INDEX_NAME, NAME_PATTERN, TEXT
from twin.dynamodb.requests.shapes import Flag, ListOf, Shape, Structure, Text, Whole

NEW_TABLE_NAME = Text(minimum=3, maximum=255, pattern=NAME_PATTERN)
KEY_ATTRIBUTE = Text(minimum=1, maximum=255)
LONG = Whole(minimum=1, kind="Long")
ANY_LONG = Whole(kind="Long")
FLAG = Flag()
TABLE_KEYS, INDEX_KEYS = 2, 8
"""Key attributes that a table, and that a global index may have."""


def _key_schema(maximum: int) -> ListOf:
    element = Structure(
        "KeySchemaElement",
        {"AttributeName": KEY_ATTRIBUTE, "KeyType": Text(choices=("HASH", "RANGE"))},
        frozenset({"AttributeName", "KeyType"}),
    )
    return ListOf(element, minimum=1, maximum=maximum)


ATTRIBUTE_DEFINITIONS = ListOf(
    Structure(
        "AttributeDefinition",
        {"AttributeName": KEY_ATTRIBUTE, "AttributeType": Text(choices=("B", "N", "S"))},
        frozenset({"AttributeName", "AttributeType"}),
    )
)
PROJECTION = Structure(
    "Projection",
    {
        "ProjectionType": Text(choices=("ALL", "INCLUDE", "KEYS_ONLY")),
        "NonKeyAttributes": ListOf(KEY_ATTRIBUTE, minimum=1, maximum=20),
    },
)
PROVISIONED_THROUGHPUT = Structure(
    "ProvisionedThroughput",
    {"WriteCapacityUnits": LONG, "ReadCapacityUnits": LONG},
    frozenset({"WriteCapacityUnits", "ReadCapacityUnits"}),
)
ON_DEMAND_THROUGHPUT = Structure(
    "OnDemandThroughput", {"MaxReadRequestUnits": ANY_LONG, "MaxWriteRequestUnits": ANY_LONG}
)
WARM_THROUGHPUT = Structure(
    "WarmThroughput", {"ReadUnitsPerSecond": LONG, "WriteUnitsPerSecond": LONG}
)
TABLE_CLASS = Text(choices=("STANDARD", "STANDARD_INFREQUENT_ACCESS"))
BILLING_MODE = Text(choices=("PROVISIONED", "PAY_PER_REQUEST"))
STREAM_SPECIFICATION = Structure(
    "StreamSpecification",
    {
        "StreamEnabled": FLAG,
        "StreamViewType": Text(
            choices=("NEW_AND_OLD_IMAGES", "OLD_IMAGE", "NEW_IMAGE", "KEYS_ONLY")
        ),
    },
    frozenset({"StreamEnabled"}),
)
SSE_SPECIFICATION = Structure(
    "SSESpecification",
    {"Enabled": FLAG, "SSEType": Text(choices=("AES256", "KMS")), "KMSMasterKeyId": TEXT},
)
TAGS = ListOf(
    Structure(
        "Tag",
        {"Key": Text(minimum=1, maximum=128), "Value": Text(maximum=256)},
        frozenset({"Key", "Value"}),
    )
)
_INDEX: dict[str, Shape] = {"IndexName": INDEX_NAME, "Projection": PROJECTION}
_INDEX_REQUIRED = frozenset({"IndexName", "KeySchema", "Projection"})
_GLOBAL_INDEX: dict[str, Shape] = {
    **_INDEX,
    "KeySchema": _key_schema(INDEX_KEYS),
    "ProvisionedThroughput": PROVISIONED_THROUGHPUT,
    "OnDemandThroughput": ON_DEMAND_THROUGHPUT,
    "WarmThroughput": WARM_THROUGHPUT,
}
_TABLE: dict[str, Shape] = {
    "AttributeDefinitions": ATTRIBUTE_DEFINITIONS,
    "TableName": NEW_TABLE_NAME,
    "BillingMode": BILLING_MODE,
    "ProvisionedThroughput": PROVISIONED_THROUGHPUT,
    "OnDemandThroughput": ON_DEMAND_THROUGHPUT,
    "WarmThroughput": WARM_THROUGHPUT,
    "StreamSpecification": STREAM_SPECIFICATION,
    "SSESpecification": SSE_SPECIFICATION,
    "TableClass": TABLE_CLASS,
    "DeletionProtectionEnabled": FLAG,
}
_OF_TABLE: dict[str, Shape] = {"TableName": NEW_TABLE_NAME}
_TABLE_PARAMETER = ("TableName",)

CREATE_TABLE = Structure(
    "CreateTableInput",
    {
        **_TABLE,
        "KeySchema": _key_schema(TABLE_KEYS),
        "GlobalSecondaryIndexes": ListOf(
            Structure("GlobalSecondaryIndex", _GLOBAL_INDEX, _INDEX_REQUIRED)
        ),
        "LocalSecondaryIndexes": ListOf(
            Structure(
                "LocalSecondaryIndex",
                {**_INDEX, "KeySchema": _key_schema(TABLE_KEYS)},
                _INDEX_REQUIRED,
            )
        ),
        "Tags": TAGS,
        "ResourcePolicy": TEXT,
    },
    frozenset({"AttributeDefinitions", "KeySchema"}),
    _TABLE_PARAMETER,
)
_READ_OVERRIDES: dict[str, Shape] = {
    "ProvisionedThroughputOverride": Structure(
        "ProvisionedThroughputOverride", {"ReadCapacityUnits": LONG}
    ),
    "OnDemandThroughputOverride": Structure(
        "OnDemandThroughputOverride", {"MaxReadRequestUnits": ANY_LONG}
    ),
}
_REPLICA: dict[str, Shape] = {
    "RegionName": TEXT,
    "KMSMasterKeyId": TEXT,
    **_READ_OVERRIDES,
    "GlobalSecondaryIndexes": ListOf(
        Structure(
            "ReplicaGlobalSecondaryIndex",
            {"IndexName": INDEX_NAME, **_READ_OVERRIDES},
            frozenset({"IndexName"}),
        )
    ),
    "TableClassOverride": TABLE_CLASS,
}
_NAMED_REGION = frozenset({"RegionName"})
_REPLICA_UPDATE = Structure(
    "ReplicationGroupUpdate",
    {
        "Create": Structure("CreateReplicationGroupMemberAction", _REPLICA, _NAMED_REGION),
        "Update": Structure("UpdateReplicationGroupMemberAction", _REPLICA, _NAMED_REGION),
        "Delete": Structure(
            "DeleteReplicationGroupMemberAction", {"RegionName": TEXT}, _NAMED_REGION
        ),
    },
)
_WITNESS = Structure("WitnessGroupMemberAction", {"RegionName": TEXT}, _NAMED_REGION)
_REPLICAS: dict[str, Shape] = {
    "ReplicaUpdates": ListOf(_REPLICA_UPDATE, minimum=1),
    "MultiRegionConsistency": Text(choices=("EVENTUAL", "STRONG")),
    "GlobalTableWitnessUpdates": ListOf(
        Structure("GlobalTableWitnessGroupUpdate", {"Create": _WITNESS, "Delete": _WITNESS}),
        minimum=1,
        maximum=1,
    ),
}
UPDATE_TABLE = Structure(
    "UpdateTableInput",
    {
        **_TABLE,
        **_REPLICAS,
        "GlobalSecondaryIndexUpdates": ListOf(
            Structure(
                "GlobalSecondaryIndexUpdate",
                {
                    "Update": Structure(
                        "UpdateGlobalSecondaryIndexAction",
                        {
                            "IndexName": INDEX_NAME,
                            "ProvisionedThroughput": PROVISIONED_THROUGHPUT,
                            "OnDemandThroughput": ON_DEMAND_THROUGHPUT,
                            "WarmThroughput": WARM_THROUGHPUT,
                        },
                        frozenset({"IndexName"}),
                    ),
                    "Create": Structure(
                        "CreateGlobalSecondaryIndexAction", _GLOBAL_INDEX, _INDEX_REQUIRED
                    ),
                    "Delete": Structure(
                        "DeleteGlobalSecondaryIndexAction",
                        {"IndexName": INDEX_NAME},
                        frozenset({"IndexName"}),
                    ),
                },
            )
        ),
    },
    parameters=_TABLE_PARAMETER,
)
DESCRIBE_TABLE = Structure("DescribeTableInput", _OF_TABLE, parameters=_TABLE_PARAMETER)
LIST_TABLES = Structure(
    "ListTablesInput",
    {"ExclusiveStartTableName": NEW_TABLE_NAME, "Limit": Whole(minimum=1, maximum=100)},
)
NOTHING = Structure("EmptyInput", {})
TAG_RESOURCE = Structure(
    "TagResourceInput",
    {"ResourceArn": TEXT, "Tags": TAGS},
    frozenset({"ResourceArn", "Tags"}),
)
UNTAG_RESOURCE = Structure(
    "UntagResourceInput",
    {"ResourceArn": TEXT, "TagKeys": ListOf(Text(minimum=1, maximum=128))},
    frozenset({"ResourceArn", "TagKeys"}),
)
LIST_TAGS = Structure(
    "ListTagsOfResourceInput", {"ResourceArn": TEXT, "NextToken": TEXT}, frozenset({"ResourceArn"})
)
DESCRIBE_TIME_TO_LIVE = Structure("DescribeTimeToLiveInput", _OF_TABLE, frozenset({"TableName"}))
UPDATE_TIME_TO_LIVE = Structure(
    "UpdateTimeToLiveInput",
    {
        **_OF_TABLE,
        "TimeToLiveSpecification": Structure(
            "TimeToLiveSpecification",
            {"Enabled": FLAG, "AttributeName": KEY_ATTRIBUTE},
            frozenset({"Enabled", "AttributeName"}),
        ),
    },
    frozenset({"TableName", "TimeToLiveSpecification"}),
)
DESCRIBE_BACKUPS = Structure("DescribeContinuousBackupsInput", _OF_TABLE, frozenset({"TableName"}))
UPDATE_BACKUPS = Structure(
    "UpdateContinuousBackupsInput",
    {
        **_OF_TABLE,
        "PointInTimeRecoverySpecification": Structure(
            "PointInTimeRecoverySpecification",
            {
                "PointInTimeRecoveryEnabled": FLAG,
                "RecoveryPeriodInDays": Whole(minimum=1, maximum=35),
            },
            frozenset({"PointInTimeRecoveryEnabled"}),
        ),
    },
    frozenset({"TableName", "PointInTimeRecoverySpecification"}),
)
_OF_RESOURCE: dict[str, Shape] = {"ResourceArn": Text(minimum=1, maximum=1283)}
_REVISION = Text(minimum=1, maximum=255)
GET_POLICY = Structure("GetResourcePolicyInput", _OF_RESOURCE, frozenset({"ResourceArn"}))
PUT_POLICY = Structure(
    "PutResourcePolicyInput",
    {
        **_OF_RESOURCE,
        "Policy": TEXT,
        "ExpectedRevisionId": _REVISION,
        "ConfirmRemoveSelfResourceAccess": FLAG,
    },
    frozenset({"ResourceArn", "Policy"}),
)
DELETE_POLICY = Structure(
    "DeleteResourcePolicyInput",
    {**_OF_RESOURCE, "ExpectedRevisionId": _REVISION},
    frozenset({"ResourceArn"}),
)
