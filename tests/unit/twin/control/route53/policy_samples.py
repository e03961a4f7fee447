"""Traffic policy documents of tests."""

import json
from typing import Any

VALUES = {"a": "192.0.2.1", "b": "192.0.2.2", "c": "192.0.2.3"}


def policy(rules: dict[str, Any], start: str = "first", kind: str = "A", **more: object) -> str:
    """A document with the endpoints a, b and c."""
    endpoints = {name: {"Type": "value", "Value": value} for name, value in VALUES.items()}
    return json.dumps(
        {
            "AWSPolicyFormatVersion": "2015-10-01",
            "RecordType": kind,
            "StartRule": start,
            "Endpoints": endpoints,
            "Rules": rules,
            **more,
        }
    )


def weighted(**weights: int | str) -> dict[str, Any]:
    """A weighted rule over endpoints."""
    items = [{"EndpointReference": name, "Weight": weight} for name, weight in weights.items()]
    return {"RuleType": "weighted", "Items": items}


def failover(primary: dict[str, Any], secondary: dict[str, Any]) -> dict[str, Any]:
    return {"RuleType": "failover", "Primary": primary, "Secondary": secondary}


def to_endpoint(name: str, **more: object) -> dict[str, Any]:
    return {"EndpointReference": name, **more}


def to_rule(name: str, **more: object) -> dict[str, Any]:
    return {"RuleReference": name, **more}
