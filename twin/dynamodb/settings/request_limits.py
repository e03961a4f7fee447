"""The maximum throughput of on-demand tables (`OnDemandThroughput`).

The API's page says that -1 removes a maximum; that it does so in an update alone, and what a
provisioned table answers, is as others have measured it on AWS:
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_OnDemandThroughput.html
https://github.com/nubo-db/dynoxide/issues/159
https://github.com/hashicorp/terraform-provider-aws/issues/39760
"""

from twin.core.tables.table_engine import JsonObject
from twin.dynamodb.errors import INVALID_PARAMETER, validation_error

MEMBERS = ("MaxReadRequestUnits", "MaxWriteRequestUnits")
NO_MAXIMUM = -1


def new_limits(wanted: JsonObject | None, *, provisioned: bool) -> JsonObject:
    """The limits of a new table. Raises ValidationException."""
    given = _members(wanted)
    if provisioned and given:
        raise validation_error(_of_provisioned(given, "table BillingMode is PROVISIONED."))
    _check_range(given)
    return given


def changed_limits(old: JsonObject, wanted: JsonObject | None, *, provisioned: bool) -> JsonObject:
    """The limits after an update, which leaves those alone that it does not name.

    Raises ValidationException.
    """
    given = _members(wanted)
    if provisioned and given:
        raise validation_error(_of_provisioned(given, "the table BillingMode is PROVISIONED"))
    _check_range({name: value for name, value in given.items() if value != NO_MAXIMUM})
    if provisioned:
        return {}
    return {name: value for name, value in {**old, **given}.items() if value != NO_MAXIMUM}


def _members(wanted: JsonObject | None) -> JsonObject:
    """The given maxima, that of reads first."""
    given = wanted or {}
    return {name: given[name] for name in MEMBERS if given.get(name) is not None}


def _check_range(given: JsonObject) -> None:
    for name, value in given.items():
        if value < 1:
            raise validation_error(
                f"{INVALID_PARAMETER}Requested {name} for OnDemandThroughput for table is outside "
                "of valid range"
            )


def _of_provisioned(given: JsonObject, state: str) -> str:
    return (
        f"{INVALID_PARAMETER}{next(iter(given))} for OnDemandThroughput cannot be specified when "
        f"{state}"
    )
