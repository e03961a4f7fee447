"""Webhooks as they are written in settings."""

import pytest

from muster.webhook_address import WebhookAddress, parse_webhooks

SLACK = "https://hooks.slack.com/services/T0/B0/secret"


def test_a_list_and_a_text_with_commas_mean_the_same() -> None:
    in_file = [
        "https://ops.example.com/drills?team=a header=X-Token:DRILL_TOKEN",
        f"{SLACK} form=slack",
    ]

    webhooks = parse_webhooks(in_file)

    assert webhooks == parse_webhooks(", ".join(in_file))
    assert webhooks == (
        WebhookAddress(
            url="https://ops.example.com/drills?team=a", header="X-Token", variable="DRILL_TOKEN"
        ),
        WebhookAddress(url=SLACK, form="slack"),
    )


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (["https://ops.example.com", "ops.example.com/x"], "the address of number 2 is not"),
        ("ftp://ops.example.com/x", "the address of number 1 is not"),
        ("https://me:secret@ops.example.com/x", "the address of number 1 is not"),
        ("https://ops.example.com:0/secret", "the address of number 1 is not"),
        ("https://ops.example.com/x#secret", "the address of number 1 is not"),
        ("https://ops.example.com/sécret", "the address of number 1 is not"),
        (f"{SLACK} form=teams", "number 1 has form=teams, which is unknown"),
        (f"{SLACK} from=slack", "what follows the address of number 1 is not"),
        (f"{SLACK} form=slack form=json", "what follows the address of number 1 is not"),
        (f"{SLACK} header=Authorization", "the header of number 1 is not NAME:VARIABLE"),
        (f"{SLACK} header=X-Token:Bearer secret", "what follows the address of number 1 is not"),
        ([1], "a list of webhooks"),
        ({"url": SLACK}, "a list of webhooks"),
    ],
)
def test_an_error_names_the_wrong_one_by_its_number_alone(raw: object, words: str) -> None:
    with pytest.raises(ValueError, match="a list of webhooks") as caught:
        parse_webhooks(raw)

    assert words in str(caught.value)
    assert "secret" not in str(caught.value)


def test_no_secret_of_an_address_is_shown() -> None:
    (webhook,) = parse_webhooks(f"{SLACK}?key=secret")

    assert webhook.place == "https://hooks.slack.com"
    assert "secret" not in repr(webhook)


def test_nothing_is_no_webhook() -> None:
    assert parse_webhooks([]) == parse_webhooks(" , ") == ()
