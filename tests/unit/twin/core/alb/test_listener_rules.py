"""Which action a request falls to, and what the actions answer."""

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.core.alb.listener_rules import (
    RequestFacts,
    choose_action,
    condition_matches,
    draw_target_group,
    fixed_response,
    redirect_response,
)
from twin.topology.model import (
    ListenerAction,
    ListenerRule,
    LoadBalancerListener,
    RuleCondition,
    WeightedTargetGroup,
)

FACTS = RequestFacts(
    method="GET",
    path="/img/Cat.png",
    query="Version=v1&x=2",
    host="www.Example.com:8080",
    headers=(("host", "www.Example.com:8080"), ("user-agent", "Mozilla/5.0 Chrome")),
    client="127.210.7.1",
    port=8080,
)


def condition(field: str, *values: str, name: str = "") -> RuleCondition:
    return RuleCondition(field=field, values=values, name=name)


@pytest.mark.parametrize(
    ("asked", "matched"),
    [
        (condition("path-pattern", "/img/*"), True),
        (condition("path-pattern", "/img/*.jpg", "*.png"), True),
        (condition("path-pattern", "/img/cat.png"), False),
        (condition("path-pattern", "/img/Cat.pn?"), True),
        (condition("path-pattern", "/img/Cat.png?"), False),
        (condition("path-pattern", "/img/Cat[.]png"), False),
        (condition("host-header", "*.example.com"), True),
        (condition("host-header", "example.com"), False),
        (condition("http-request-method", "GET", "HEAD"), True),
        (condition("http-request-method", "get"), False),
        (condition("http-header", "*chrome*", name="User-Agent"), True),
        (condition("http-header", "*safari*", name="User-Agent"), False),
        (condition("http-header", "*", name="Absent"), False),
        (condition("query-string", "version=V1"), True),
        (condition("query-string", "version=v2"), False),
        (condition("query-string", "v1"), True),
        (condition("query-string", "=2"), True),
        (condition("query-string", "y=2"), False),
        (condition("source-ip", "10.0.0.0/8", "127.210.0.0/16"), True),
        (condition("source-ip", "10.0.0.0/8"), False),
        (condition("source-ip", "300.0.0.0/8"), False),
        (condition("of-the-future", "x"), False),
    ],
)
def test_a_condition_matches_or_not(asked: RuleCondition, matched: bool) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html"""
    assert condition_matches(asked, FACTS) is matched


def matches_by_definition(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(
            matches_by_definition(pattern[1:], text[start:]) for start in range(len(text) + 1)
        )
    return (
        bool(text) and pattern[0] in ("?", text[0]) and matches_by_definition(pattern[1:], text[1:])
    )


@given(st.text("ab*?", max_size=6), st.text("ab", max_size=7))
def test_a_pattern_matches_by_its_definition(pattern: str, text: str) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html#path-conditions"""
    matched = condition_matches(condition("path-pattern", pattern), replace(FACTS, path=text))

    assert matched is matches_by_definition(pattern, text)


def test_no_path_makes_a_pattern_slow() -> None:
    """With a backtracking matcher this would outlast the tests."""
    path = "/" + "a" * 16_000

    for pattern in ("*a*a*a*a*a*b", "*a?a*a?a*a?a*b", "*" * 20 + "b"):
        assert not condition_matches(condition("path-pattern", pattern), replace(FACTS, path=path))


def test_the_first_rule_whose_conditions_all_match_is_chosen() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html#listener-rules"""

    def rule(priority: int, *conditions: RuleCondition) -> ListenerRule:
        action = ListenerAction(type="fixed-response", status_code=str(priority))
        return ListenerRule(arn="r", priority=priority, conditions=conditions, action=action)

    img, head = condition("path-pattern", "/img/*"), condition("http-request-method", "HEAD")
    default = ListenerAction(type="fixed-response", status_code="404")

    def listener(*rules: ListenerRule) -> LoadBalancerListener:
        return LoadBalancerListener(
            arn="l", port=80, protocol="HTTP", default_action=default, rules=rules
        )

    assert choose_action(listener(rule(1, img, head), rule(2, img)), FACTS).status_code == "2"
    assert choose_action(listener(rule(1, head)), FACTS) is default


# -- weights


def test_weights_are_shares() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html#forward-actions"""
    groups = tuple(WeightedTargetGroup(arn=a, weight=w) for a, w in (("a", 1), ("b", 0), ("c", 3)))
    rng = random.Random(7)

    drawn = Counter(
        group.arn
        for _ in range(4000)
        if (group := draw_target_group(groups, rng.random())) is not None
    )

    assert drawn["b"] == 0
    assert drawn["a"] + drawn["c"] == 4000
    assert abs(drawn["a"] - 1000) < 120


def test_a_single_group_takes_all_and_weights_of_zero_nothing() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html#forward-actions"""
    one = WeightedTargetGroup(arn="a", weight=0)

    assert draw_target_group((one,), 0.5) is one
    assert draw_target_group((one, one), 0.5) is None


# -- answers


def test_a_fixed_response_has_the_configured_contents() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html#fixed-response-actions"""
    answer = fixed_response(
        ListenerAction(
            type="fixed-response", status_code="404", content_type="text/html", message_body="no"
        )
    )

    assert (answer.status, answer.reason, answer.body) == (404, "Not Found", b"no")
    assert answer.headers == (("Content-Type", "text/html"),)
    assert fixed_response(ListenerAction(type="fixed-response", status_code="204")).headers == ()


@pytest.mark.parametrize(
    ("parts", "location"),
    [
        (
            {"Protocol": "HTTPS", "Port": "443"},
            "https://www.Example.com:443/img/Cat.png?Version=v1&x=2",
        ),
        (
            {"Host": "new.#{host}", "Path": "/old/#{path}", "Query": "p=#{port}"},
            "http://new.www.Example.com:8080/old/img/Cat.png?p=8080",
        ),
    ],
)
def test_a_redirect_keeps_the_parts_that_it_does_not_name(
    parts: dict[str, str], location: str
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html#redirect-actions"""
    answer = redirect_response(
        ListenerAction(type="redirect", status_code="HTTP_301", redirect=parts), FACTS
    )

    assert answer.status == 301
    assert dict(answer.headers)["Location"] == location


def test_the_status_of_a_redirect_may_be_among_its_parts() -> None:
    answer = redirect_response(
        ListenerAction(type="redirect", redirect={"StatusCode": "HTTP_302"}), FACTS
    )

    assert answer.status == 302


def test_a_redirect_to_a_location_above_the_limit_is_an_error() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html"""
    answer = redirect_response(
        ListenerAction(type="redirect", redirect={"Query": "x" * 9000}), FACTS
    )

    assert answer.status == 507


@pytest.mark.parametrize("part", ["/a\r\nX-B: c", "/\x00", "/\x7f"])
def test_a_redirect_makes_no_header_of_its_own(part: str) -> None:
    """https://www.rfc-editor.org/rfc/rfc9110#section-5.5"""
    answer = redirect_response(ListenerAction(type="redirect", redirect={"Path": part}), FACTS)

    assert answer.status == 500
    assert "Location" not in dict(answer.headers)
