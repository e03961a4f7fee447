"""The webhooks of the settings: where notices about drills are sent, and in which form. Pure.

    https://ops.example.com/drills header=Authorization:DRILL_TOKEN
    https://hooks.slack.com/services/T0/B0/X form=slack

The header's value is in the environment variable that is named, not in the settings.
"""

import re
from dataclasses import dataclass, field
from typing import Literal, cast, get_args
from urllib.parse import urlsplit

from muster.parsers import is_http_url

WebhookForm = Literal["json", "slack"]
WEBHOOK_RULE = (
    "a list of webhooks, each an http:// or https:// address, followed by form=slack or"
    " header=NAME:VARIABLE where needed"
)
_HEADER = re.compile(r"([A-Za-z0-9-]+):([A-Za-z_][A-Za-z0-9_]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookAddress:
    """One webhook."""

    url: str = field(repr=False)
    """It may be a secret, as Slack's are: show `place`."""
    form: WebhookForm = "json"
    header: str = ""
    """Name of a header that is sent in addition; empty: none."""
    variable: str = ""
    """Environment variable that has the header's value."""

    @property
    def place(self) -> str:
        """The part of the address that may be shown."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"


def parse_webhooks(raw: object) -> tuple[WebhookAddress, ...]:
    """Webhooks from a list of texts, or from one text with commas between.

    Raises ValueError, which tells the number of the wrong one and shows nothing of its address.
    """
    texts = raw.split(",") if isinstance(raw, str) else raw
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        raise ValueError(WEBHOOK_RULE)
    return tuple(
        _parse_webhook(number, text.split())
        for number, text in enumerate((text for text in texts if text.strip()), 1)
    )


def _parse_webhook(number: int, words: list[str]) -> WebhookAddress:
    url, options = words[0], [word.partition("=") for word in words[1:]]
    if not (url.isascii() and is_http_url(url, with_query=True)):
        raise ValueError(f"{WEBHOOK_RULE}; the address of number {number} is not")
    given = {name: value for name, _, value in options}
    if not given.keys() <= {"form", "header"} or len(given) < len(options):
        raise ValueError(f"{WEBHOOK_RULE}; what follows the address of number {number} is not")
    form = given.get("form", "json")
    if form not in get_args(WebhookForm):
        raise ValueError(f"{WEBHOOK_RULE}; number {number} has form={form}, which is unknown")
    header = _HEADER.fullmatch(given.get("header", "none:none"))
    if header is None:
        raise ValueError(f"{WEBHOOK_RULE}; the header of number {number} is not NAME:VARIABLE")
    name, variable = header.groups() if "header" in given else ("", "")
    return WebhookAddress(url=url, form=cast("WebhookForm", form), header=name, variable=variable)
