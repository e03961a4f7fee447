"""The guards of drills by name, for command lines, which need nothing else of them."""

GUARD_NAMES: tuple[str, ...] = (
    "lease",
    "telemetry",
    "outputs",
    "standing-fault",
    "last-healthy-region",
    "all-dials-zero",
    "dial-floor",
    "dial-step",
    "accelerator-deployed",
    "route53-reachable",
    "last-healthy-record",
    "broken-inversion",
    "unhealthy-region",
    "replication-lag",
    "drained",
    "capacity",
    "alarms",
)
