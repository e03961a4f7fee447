"""The tiers of requests, and what each mitigation mode does with them."""

import pytest

from twin.region.http1.desync import (
    DesyncMode,
    DesyncReason,
    DesyncTier,
    closes_connection,
    is_blocked,
    is_suspicious_name,
    worse_reason,
)

OF_TIER = {
    DesyncTier.COMPLIANT: DesyncReason.COMPLIANT,
    DesyncTier.ACCEPTABLE: DesyncReason.SPACE_IN_URI,
    DesyncTier.AMBIGUOUS: DesyncReason.BOTH_TE_CL_PRESENT,
    DesyncTier.SEVERE: DesyncReason.BAD_TRANSFER_ENCODING,
}


@pytest.mark.parametrize(
    ("mode", "blocked", "closing"),
    [
        (DesyncMode.MONITOR, [], []),
        (DesyncMode.DEFENSIVE, [DesyncTier.SEVERE], [DesyncTier.AMBIGUOUS]),
        (
            DesyncMode.STRICTEST,
            [DesyncTier.ACCEPTABLE, DesyncTier.AMBIGUOUS, DesyncTier.SEVERE],
            [],
        ),
    ],
)
def test_a_mode_blocks_tiers_or_closes_their_connections(
    mode: DesyncMode, blocked: list[DesyncTier], closing: list[DesyncTier]
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html#desync-mitigation-mode"""
    assert [tier for tier, reason in OF_TIER.items() if is_blocked(reason, mode)] == blocked
    assert [tier for tier, reason in OF_TIER.items() if closes_connection(reason, mode)] == closing


@pytest.mark.parametrize(
    ("tier", "reasons"),
    [
        (DesyncTier.COMPLIANT, "Compliant"),
        (
            DesyncTier.ACCEPTABLE,
            "NonCompliantHeader SpaceInUri NonCompliantVersion GetHeadZeroContentLength"
            " NonCrLfLineTermination",
        ),
        (
            DesyncTier.AMBIGUOUS,
            "EmptyHeader AmbiguousUri UndefinedContentLengthSemantics"
            " UndefinedTransferEncodingSemantics DuplicateContentLength BothTeClPresent"
            " SuspiciousHeader MultilineHeader MissingHeaderColon",
        ),
        (
            DesyncTier.SEVERE,
            "BadHeader BadUri BadVersion BadMethod BadContentLength MultipleContentLength"
            " MultipleTransferEncodingChunked BadTransferEncoding",
        ),
    ],
)
def test_each_reason_has_its_tier(tier: DesyncTier, reasons: str) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html#classification-reasons"""
    assert [reason for reason in DesyncReason if reason.tier is tier] == reasons.split()


def test_the_first_reason_of_the_highest_tier_counts() -> None:
    first, second = DesyncReason.SPACE_IN_URI, DesyncReason.NON_COMPLIANT_HEADER
    severe = DesyncReason.BAD_URI

    assert worse_reason(first, second) is first
    assert worse_reason(first, severe) is severe
    assert worse_reason(severe, first) is severe


@pytest.mark.parametrize(
    "name",
    [
        "transfer_encoding",
        "content_length",
        "transfer-encoding ",
        "transfer-encoding\t",
        " content-length",
        "\x01transfer-encoding",
        "transfer- encoding",
        "trans fer-encoding",
        "content length",
        "content--length",
        "tran\u017ffer-encoding",
        "transfer-encod\u0131ng",
        "content-length\udcff",
        "transfer" + " " * 16_000 + "encoding",
        "content" + "-" * 16_000 + "length",
        " " * 16_000 + "content-length",
        "c" + " " * 8_000 + "ontent-length",
    ],
)
def test_a_name_almost_like_the_lengths_headers_is_suspicious(name: str) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html#classification-reasons"""
    assert is_suspicious_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "transfer-encoding",
        "content-length",
        "contentlength",
        "accept-encoding",
        "content-encoding",
        "x-content-length",
        "content-length-of-parts",
        "te",
        "transfer" + " " * 16_000,
        "content" + " -" * 8_000 + "size",
        "cont- ent-length",
        "t" * 16_000,
        "",
    ],
)
def test_another_name_is_not(name: str) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html#classification-reasons"""
    assert not is_suspicious_name(name)
