"""What a run came to in a few lines, for a person who has just seen its end.

Decides which of result.json's numbers stand there. Pure.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from muster.drill.words import failed_words


def figures(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Names and values, in order, of what result.json says."""
    rto, rpo, items = (result.get(name) for name in ("rto_s", "rpo_s", "rpo_items"))
    doubts = result.get("doubts")
    return [
        ("RTO", f"{rto:.2f} s" if isinstance(rto, float) else "not measured"),
        ("RPO", f"{rpo:.2f} s, {items} items" if isinstance(rpo, float) else "not measured"),
        *(("", told) for told in _by_region(result)),
        ("requests", _requests(result)),
        *(("doubt", str(doubt)) for doubt in (doubts if isinstance(doubts, list) else ())),
    ]


def _by_region(result: Mapping[str, Any]) -> list[str]:
    """Each surviving Region's recovery point, where there are several: the run's is the worst."""
    recovery = (result.get("summary") or {}).get("recovery") or {}
    regions = recovery.get("regions", ())
    return [
        f"in {one['region']} {one['rpo_s']:.2f} s, {one['missing_items']} items"
        if "rpo_s" in one
        else f"in {one['region']} not measured"
        for one in (regions if len(regions) > 1 else ())
    ]


def _requests(result: Mapping[str, Any]) -> str:
    """All of them, of every cohort. The errors told during the drill are of new connections."""
    requests, failed = result.get("requests", 0), result.get("failed", 0)
    kinds = ", ".join(_failures(result))
    return f"{requests}, {failed_words(failed, requests)}{f': {kinds}' if kinds else ''}"


def _failures(result: Mapping[str, Any]) -> Iterator[str]:
    failures = (result.get("summary") or {}).get("failures") or {}
    for cohort, kinds in failures.items():
        for kind, count in kinds.items():
            yield f"{cohort} {count} x {kind}"
