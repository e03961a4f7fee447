"""Tags of tables.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.html
"""

from collections.abc import Sized

from twin.core.tables.table_engine import JsonObject
from twin.dynamodb.catalogue import Outcome, Request, TableCatalogue
from twin.dynamodb.errors import validation_error
from twin.dynamodb.settings.resources import resource_name, resource_table

TAGS_PER_PAGE = 10
_MAX_DIGITS = 9
"""Of a token; Python reads no more than 4,300."""
MAX_TAGS = 50


def check_tag_count(tags: Sized) -> None:
    """Raise ValidationException if a table would have too many tags."""
    if len(tags) > MAX_TAGS:
        raise validation_error(f"Too many tags: more than {MAX_TAGS}")


def tag_resource(catalogue: TableCatalogue, request: Request) -> Outcome:
    resource_name(catalogue, request["ResourceArn"], "TagResource")
    if not request["Tags"]:
        raise validation_error("Atleast one Tag needs to be provided as Input.")
    record = resource_table(catalogue, request["ResourceArn"], "TagResource")
    tags = {tag["Key"]: tag["Value"] for tag in (*record.local["tags"], *request["Tags"])}
    check_tag_count(tags)
    record.local["tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
    return Outcome(None)


def untag_resource(catalogue: TableCatalogue, request: Request) -> Outcome:
    resource_name(catalogue, request["ResourceArn"], "UntagResource")
    if not request["TagKeys"]:
        raise validation_error("Atleast one Tag Key needs to be provided as Input.")
    record = resource_table(catalogue, request["ResourceArn"], "UntagResource")
    removed = set(request["TagKeys"])
    record.local["tags"] = [tag for tag in record.local["tags"] if tag["Key"] not in removed]
    return Outcome(None)


def list_tags(catalogue: TableCatalogue, request: Request) -> Outcome:
    record = resource_table(catalogue, request["ResourceArn"], "ListTagsOfResource")
    tags = record.local["tags"]
    token = str(request.get("NextToken") or 0)
    if not token.isdecimal() or len(token) > _MAX_DIGITS:
        raise validation_error("Invalid NextToken")
    start = int(token)
    page: JsonObject = {"Tags": tags[start : start + TAGS_PER_PAGE]}
    if len(tags) > start + TAGS_PER_PAGE:
        page["NextToken"] = str(start + TAGS_PER_PAGE)
    return Outcome(page)
