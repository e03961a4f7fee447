"""The guards of changes by hand, by name: a subset of `muster.drill.guards.names.GUARD_NAMES`.

`accelerator-deployed` and `route53-reachable` are left to the levers, which wait or say what else
works. `replication-lag`, `drained`, `capacity` and `alarms` need CloudWatch's figures of the last
minutes, or time: an emergency must not wait for them.
"""

HAND_GUARDS: tuple[str, ...] = (
    "lease",
    "telemetry",
    "outputs",
    "standing-fault",
    "last-healthy-region",
    "all-dials-zero",
    "dial-floor",
    "dial-step",
    "last-healthy-record",
    "broken-inversion",
    "unhealthy-region",
)
