"""trend.schema.json, generated from the types of the document.

    python -m muster.trend.schema

writes the file anew.
"""

from pathlib import Path
from typing import Any

from common.files.atomic_file import write_atomically
from muster.report.document import format_json
from muster.report.schema import document_schema
from muster.trend.document import TrendDocument

SCHEMA_FILE = Path(__file__).parent / "trend.schema.json"
TITLE = "Several runs of failover drills"


def build_schema() -> dict[str, Any]:
    """The schema of the types as they are now."""
    return document_schema(TrendDocument, TITLE)


if __name__ == "__main__":
    write_atomically(SCHEMA_FILE, format_json(build_schema()))
