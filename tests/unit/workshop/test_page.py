"""How a workshop page is read: its steps, and whether an output is the one that it shows."""

import pytest

from tests.e2e.workshop.page import PageError, Step, matches, parse_page

PAGE = """# Count

Hits.

```sh
cd /
```

Then repeat it:

```sh repeat within=90
pwd
date
```

You see:

```text
/
...
```

## On AWS

```console
$ pulumi destroy --stack prod
```
"""


def test_commands_and_the_output_after_them_are_a_step() -> None:
    assert parse_page(PAGE) == (
        Step(line=5, commands="cd /\n"),
        Step(line=11, commands="pwd\ndate\n", expected="/\n...\n", repeat=True, within_s=90),
    )


def test_a_step_may_be_meant_to_fail() -> None:
    (step,) = parse_page("```sh fails\nfalse\n```\n")

    assert step.fails


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```text\nout\n```\n", "line 1: output without commands"),
        ("```sh\na\n```\n```text\n1\n```\n```text\n2\n```\n", "line 7: output without commands"),
        ("```sh\na\n", "line 1: the block has no end"),
        ("```sh often\na\n```\n", "line 1: 'often' after sh means nothing"),
        ("```sh repeat\na\n```\n", "line 1: no output says when to stop repeating"),
        ("# On AWS\n# Why\n```console\na\n```\n", "line 3: no test takes a block 'console' here"),
        ("```\na\n```\n", "line 1: no test takes a block '' here"),
    ],
)
def test_a_block_that_no_test_can_take_is_an_error(text: str, message: str) -> None:
    with pytest.raises(PageError, match=f"^{message}$"):
        parse_page(text)


@pytest.mark.parametrize(
    ("expected", "output"),
    [
        ("one\n", "one"),
        ("one\n", "one  \n\n"),
        ('{"hits": ..., "region": "us-west-2"}\n', '{"hits": 3, "region": "us-west-2"}'),
        ("a\n...\nb\n", "a\nb\n"),
        ("a\n...\nb\n", "a\nx\n\ny\nb\n"),
        ("...\nb ...\n", "x\nb 1 2\n"),
        ("", ""),
    ],
)
def test_an_output_as_shown_matches(expected: str, output: str) -> None:
    assert matches(expected, output)


@pytest.mark.parametrize(
    ("expected", "output"),
    [
        ("one\n", "two\n"),
        ("one\n", "one\ntwo\n"),
        ("one\n", ""),
        ("a ... c\n", "a b\nc\n"),
        ("a\n...\nb\n", "a\nx b\n"),
        ("1.5\n", "1x5\n"),
        ("", "x\n"),
    ],
)
def test_another_output_does_not_match(expected: str, output: str) -> None:
    assert not matches(expected, output)
