"""trend.schema.json is a schema, and the one of the document's types."""

import json

from jsonschema import Draft202012Validator

from muster.report.document import format_json
from muster.trend.schema import SCHEMA_FILE, build_schema


def test_the_published_schema_is_up_to_date() -> None:
    text = SCHEMA_FILE.read_text()

    Draft202012Validator.check_schema(json.loads(text))
    assert format_json(build_schema()) == text, "run: python -m muster.trend.schema"
