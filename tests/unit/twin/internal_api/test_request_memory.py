"""The limit of the memory for requests, and who has to go when it is reached."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from twin.internal_api.request_memory import GIVE_BACK_BYTES, RequestMemory, RequestShare


@dataclass(slots=True)
class Clients:
    memory: RequestMemory
    gone: list[str] = field(default_factory=list)

    def share(self, name: str) -> RequestShare:
        return self.memory.share(lambda: self.gone.append(name))


def test_the_client_that_has_kept_its_share_longest_has_to_go() -> None:
    clients = Clients(RequestMemory(100))
    first, second, third = map(clients.share, ("first", "second", "third"))

    assert first.hold(40, for_client=True)
    assert second.hold(40, for_client=True)
    assert first.hold(41, for_client=True)  # it goes on, and is the oldest all the same
    assert third.hold(40, for_client=True)

    assert clients.gone == ["first"]
    assert (clients.memory.held_bytes, first.size) == (80, 0)


def test_a_request_that_is_answered_keeps_its_share() -> None:
    clients = Clients(RequestMemory(100))
    answered, new = map(clients.share, ("answered", "new"))

    assert answered.hold(80, for_client=False)
    assert not new.hold(40, for_client=False)
    assert not new.hold(40, for_client=True)

    assert clients.gone == ["new"]
    assert clients.memory.held_bytes == 80


def test_a_share_whose_request_is_complete_is_no_more_given_up() -> None:
    clients = Clients(RequestMemory(100))
    complete, other = map(clients.share, ("complete", "other"))

    assert complete.hold(60, for_client=True)
    assert complete.hold(60, for_client=False)
    assert not other.hold(60, for_client=False)

    assert clients.gone == []


def test_a_released_share_leaves_room() -> None:
    clients = Clients(RequestMemory(100))
    first, second = map(clients.share, ("first", "second"))

    assert first.hold(100, for_client=True)
    first.release()
    first.release()

    assert second.hold(100, for_client=False)
    assert (clients.gone, clients.memory.held_bytes) == ([], 100)


def test_memory_is_given_back_once_after_each_flood() -> None:
    given_back: list[int] = []
    memory = RequestMemory(GIVE_BACK_BYTES, give_back=lambda: given_back.append(memory.held_bytes))
    small, large = (memory.share(lambda: None) for _ in range(2))
    small.hold(1000, for_client=False)
    for _ in range(2):
        large.hold(GIVE_BACK_BYTES - 1000, for_client=False)
        large.hold(GIVE_BACK_BYTES // 2, for_client=False)
        large.release()
        large.hold(5000, for_client=False)
        large.release()

    assert given_back == [1000, 1000]


STEPS = st.tuples(st.integers(0, 4), st.integers(0, 120), st.sampled_from(("hold", "keep", "free")))


@given(st.lists(STEPS, max_size=40))
def test_the_shares_together_never_exceed_the_limit(steps: list[tuple[int, int, str]]) -> None:
    clients = Clients(RequestMemory(100))
    shares = [clients.share(str(number)) for number in range(5)]
    for number, size, action in steps:
        if action == "free":
            shares[number].release()
        else:
            held = shares[number].hold(size, for_client=action == "hold")
            assert shares[number].size == (size if held else 0)
        assert clients.memory.held_bytes == sum(share.size for share in shares) <= 100
