"""The body of a webhook: generic JSON, or the form of Slack's incoming webhooks. Pure."""

from datetime import UTC, datetime
from typing import Any

from common.command.wording import count_of
from muster.drill.notify.notices import Notice
from muster.formatting import format_precise_duration
from muster.webhook_address import WebhookForm

VERSION = 1
"""Of the generic JSON; fields may be added under the same version."""


def make_payload(notice: Notice, form: WebhookForm) -> dict[str, Any]:
    return _make_slack_payload(notice) if form == "slack" else _make_json_payload(notice)


def _make_json_payload(notice: Notice) -> dict[str, Any]:
    at = datetime.fromtimestamp(notice.at, UTC).isoformat(timespec="milliseconds")
    return {
        "version": VERSION,
        "id": notice.id,
        "kind": notice.kind,
        "at": at.replace("+00:00", "Z"),
        "text": "\n".join(_format_lines(notice)),
        "why": notice.why,
        "todo": notice.todo,
        "run": notice.run,
        "scenario": notice.scenario,
        "title": notice.title,
        "region": notice.region,
        "target": notice.target,
        "by": notice.by,
        "status": notice.status,
        "reliable": notice.reliable,
        "exit_code": notice.exit_code,
        "numbers": dict(notice.numbers) or None,
    }


def _make_slack_payload(notice: Notice) -> dict[str, Any]:
    """https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks."""
    first, *rest = map(_escape_for_slack, _format_lines(notice))
    return {"text": "\n".join([f"*{first}*", *rest])}


def _escape_for_slack(text: str) -> str:
    """https://docs.slack.dev/messaging/formatting-message-text: its three control characters."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _format_lines(notice: Notice) -> list[str]:
    """The notice as text for a person."""
    about = " of ".join(part for part in (notice.scenario, notice.region) if part)
    where = f"{notice.run} on {notice.target}" if notice.run else notice.target
    lines = [
        f"Muster: {notice.headline}{f' ({about})' if about else ''}",
        notice.why,
        _format_numbers(notice),
        f"To do: {notice.todo}" if notice.todo else "",
        f"{where}, by {notice.by}",
    ]
    return [line for line in lines if line]


def _format_numbers(notice: Notice) -> str:
    """`RTO 12.7 s, RPO 0.4 s, 1200 requests, 31 failed`."""
    numbers = notice.numbers
    if not numbers.get("requests"):
        return ""
    lengths = [
        f"{name} {format_precise_duration(value)}" if isinstance(value, float) else ""
        for name, value in (("RTO", numbers.get("rto_s")), ("RPO", numbers.get("rpo_s")))
    ]
    counts = f"{count_of(numbers['requests'], 'request')}, {numbers.get('failed', 0)} failed"
    doubt = "" if numbers.get("trusted") else "the numbers are in doubt"
    return ", ".join(part for part in (*lengths, counts, doubt) if part)
