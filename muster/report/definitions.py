"""What each number means, in the words of docs/measurements.md.

The texts are copies of the cells of that page's tables, and a test keeps them equal. They are here,
since a report is read where that page is not at hand.
"""

from muster.measure import Fate

DEFINITIONS: dict[str, str] = {
    "requests": "requests that count (good and failed); those that failed",
    "failures": "failed requests of each cohort by outcome, other statuses apart (`status 503`)",
    "an outage": (
        "one or more failed requests with fewer than ten good ones in a row between them, in the"
        " order of the schedule; equal times are ordered by number"
    ),
    "start_s": (
        "scheduled time of the last good request before; end of the first good answer after"
    ),
    "length_s": "`end_s` - `start_s`: the most that the outage can have been",
    "certain_s": (
        "scheduled times of the first and the last failed request, and their difference: the least"
        " that it can have been"
    ),
    "longest_s": "the longest `length_s`: the **measured RTO** of this vantage point",
    "total_s": "time covered by outages; where two overlap, it counts once",
    "rto_s": "`longest_s` of the vantage point that was hit worst",
    "blind_s": (
        "the longest time between two sends of the vantage point that count: a shorter outage can"
        " have been missed"
    ),
    "detect_s": (
        "**time to detect**: from the cause to the first request of a home vantage point that"
        " another Region answered (any status)"
    ),
    "evacuated": (
        "**time to evacuate**: `after_s` seconds from the cause until 99.9 % of new connections"
        " were answered elsewhere"
    ),
    "returned": (
        "**time to return**: `after_s` seconds from the end of the cause until 99.9 % of the home"
        " vantage points' new connections were answered, well, by the Region again"
    ),
    "home_vantages": ("vantage points whose answers before the cause all came from the Region"),
    "connections": (
        "kept connections, made before the cause, that the old Region still answered after it"
    ),
    "stragglers.requests": "the answers that it gave on them",
    "last_s": "seconds from the cause to the last of these",
    "still_there": (
        "how many of the connections still stayed when the cause ended (or the samples did)"
    ),
    "shares": (
        "good answers of each Region (as a share of all good answers; as a count), and of all"
    ),
    "phases": "`before` the cause, `during` it, `after` its end; `all` without a cause",
    "p50_s": (
        "latency of good answers: from the sending, connecting included, to the end of the answer;"
        " nearest rank: the smallest value that covers the share"
    ),
    "acknowledged": (
        "items that the lost Region was the first to acknowledge (2xx), before its return"
    ),
    "missing_items": (
        "**RPO in items**: of these, the ones acknowledged before the loss that a reading of"
        " the surviving Region did not find, and none found before the return"
    ),
    "rpo_s": (
        "**RPO in seconds**: from the acknowledgement of the oldest of these to the loss; 0"
        " without any"
    ),
    "rpo_max_s": "the same if every unobserved write were missing too: the most that it can be",
    "missing_later": (
        "the missing ones that the Region acknowledged after the loss, as it does when only its"
        " replication has stopped"
    ),
    "late": "writes that arrived, but more than 5 s after their acknowledgement",
    "lag_p50_s": (
        "from the acknowledgement to the first reading that proved the write there; left out"
        " when the reading before it failed"
    ),
    "unobserved": (
        "writes of unknown presence: before the return no reading proved them there, or a later"
        " write in their place, and none found them missing"
    ),
    "fates": (
        "state of the missing ones, later ones too, in the last reading asked after the return; of"
        " the run: of each write that was missing in any surviving Region, the worst fate in all"
        " of them"
    ),
    "regions": (
        "each surviving Region's own numbers; a Region without a usable reading has none, and does"
        " not count in the run's"
    ),
    "scheduled": "requests that came due",
    "sent": (
        "those that were sent and count; `busy` ones; those without a usable sample. They add up"
        " to `scheduled`"
    ),
    "quality.p50_s": "lateness: from the schedule to the sending",
    "late_share": "sends more than 10 ms late; their share of `sent`",
    "lost_share": "share of `scheduled`",
    "quality.blind_s": (
        "the longest time of the schedule in which nothing was sent or held back, from any vantage"
        " point"
    ),
}
FATES: dict[Fate, str] = {
    Fate.ARRIVED: "it is there",
    Fate.OVERWRITTEN: "the item is there and holds another Region's write",
    Fate.MISSING: "the item is not there",
    Fate.UNKNOWN: "no reading after the return shows it",
}
"""The beginnings of their definitions in docs/measurements.md."""
