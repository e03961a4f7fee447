"""Reads whose credentials these are, when they end, and AWS's time of day."""

from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any

from common.clock import Clock
from muster.aws.clients import AwsClients
from muster.aws.threads import run_in_thread
from muster.doctor.model import CallerReading, Unread
from muster.errors import AccountError, CallFailed, Unreachable


async def read_caller(
    clients: AwsClients, regions: Sequence[str], clock: Clock
) -> CallerReading | Unread:
    """By the first Region whose STS answers."""
    why = ""
    for region in regions:
        try:
            answer = await clients.read("sts", region, "get_caller_identity")
            end = await run_in_thread(clients.credentials_end)
        except Unreachable as exc:
            why = why or str(exc)
            continue
        except (CallFailed, AccountError) as exc:
            return Unread(str(exc))
        return CallerReading(
            account=answer["Account"],
            arn=answer["Arn"],
            temporary=end.temporary,
            ends_epoch_s=end.epoch_s,
            clock_ahead_s=clock_ahead_s(answer, clock.now()),
        )
    return Unread(why)


def clock_ahead_s(answer: Mapping[str, Any], now: float) -> float | None:
    """By how much `now` is ahead of the answer's Date, which has whole seconds; None: no Date."""
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    try:
        sent = parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError):
        return None
    return now - sent
