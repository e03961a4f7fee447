"""Configurations of a small stack, and the problems that its settings find in them."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from infra.configuration.errors import InvalidStackConfiguration
from infra.configuration.settings import StackSettings, parse_settings

LEAST: Mapping[str, Any] = {
    "target": "aws",
    "regions": ["eu-central-1", "us-west-2"],
    "home_region": "eu-central-1",
}
PLAIN: Mapping[str, Any] = {"insecure_http": "true"}
"""Most tests are about something else than the domain that a stack on AWS needs."""


CERTIFICATES = {
    region: f"arn:aws:acm:{region}:123456789012:certificate/0a1b-2c" for region in LEAST["regions"]
}


DOMAIN = {"domain": "muster.example.com", "certificate_arns": CERTIFICATES}


def parse_stack(**changes: object) -> StackSettings:
    """Settings of a small stack with some keys changed; None leaves a key out."""
    stack = str(changes.pop("stack", "prod"))
    whole = {**LEAST, **PLAIN, **changes}
    values = {
        f"muster:{name}": value if isinstance(value, str) else json.dumps(value)
        for name, value in whole.items()
        if value is not None
    }
    return parse_settings(values, {}, project="muster", stack=stack)


def problems_with(**changes: object) -> list[str]:
    with pytest.raises(InvalidStackConfiguration) as caught:
        parse_stack(**changes)
    return [str(problem) for problem in caught.value.problems]
