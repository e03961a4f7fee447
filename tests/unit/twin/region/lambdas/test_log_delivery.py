"""The output of functions waits for control in bounded memory."""

from twin.internal_api.schemas import LogEntry
from twin.region.lambdas.log_delivery import MAX_WAITING_BYTES, EnvironmentLog, LogDelivery


class NotedFile:
    def __init__(self) -> None:
        self.text = b""

    def append(self, text: bytes) -> None:
        self.text += text


def test_output_goes_to_the_file_and_to_cloudwatch_logs() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html"""
    delivery, file = LogDelivery(lambda: 1.5), NotedFile()
    log = EnvironmentLog(
        file=file, delivery=delivery, function="app", group="/aws/lambda/app", stream="s"
    )

    log.append(b"")
    log.append(b"one\ntwo \xff\n")

    assert file.text == b"one\ntwo \xff\n"
    assert delivery.take() == (
        LogEntry(
            group="/aws/lambda/app",
            stream="s",
            at_ms=1500,
            message="one\ntwo \ufffd\n",
            function="app",
        ),
    )
    assert delivery.take() == ()


def test_the_oldest_output_is_dropped_while_nobody_takes_it() -> None:
    delivery = LogDelivery(lambda: 0.0)

    for number in range(10):
        delivery.add("app", "g", "s", b"%d" % number * (MAX_WAITING_BYTES // 4))

    kept = delivery.take()
    assert [entry.message[0] for entry in kept] == ["6", "7", "8", "9"]
    delivery.add("app", "g", "s", b"x" * (2 * MAX_WAITING_BYTES))
    assert [len(entry.message) for entry in delivery.take()] == [MAX_WAITING_BYTES]
