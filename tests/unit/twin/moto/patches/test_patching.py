"""Replacing methods of classes that belong to others."""

from collections.abc import Callable

from twin.moto.patches.patching import replace_method

Greet = Callable[["Greeter"], str]


class Greeter:
    """Stands in for a class of moto."""

    def greet(self) -> str:
        return "hello"


class LoudGreeter(Greeter):
    """Inherits what a patch of its base replaces."""


def ending_with(end: str) -> Callable[[Greet], Greet]:
    def make(original: Greet) -> Greet:
        def greet(self: Greeter) -> str:
            return original(self) + end

        return greet

    return make


def test_a_replacement_calls_the_original_and_a_second_one_does_not_wrap_the_first() -> None:
    replace_method(Greeter, "greet", ending_with("!"))
    once = Greeter().greet()
    replace_method(Greeter, "greet", ending_with("?"))

    assert (once, Greeter().greet(), LoudGreeter().greet()) == ("hello!", "hello?", "hello?")


class Answer:
    """Has a property."""

    @property
    def text(self) -> str:
        return "no"


def test_a_property_is_replaced_like_a_method() -> None:
    replace_method(Answer, "text", lambda _original: property(lambda _self: "yes"))

    assert Answer().text == "yes"
