"""Who else is told about a drill: webhooks, OpenTelemetry, CloudWatch. A drill never waits for it.

A listener beside the display (`fan_out`) makes notices of run events (`notices`) and puts them into
the outbox of each destination (`outbox`): a bounded queue and a thread of its own.
"""
