"""Whatever is done in whatever order, the state stays sound."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
)

from tests.unit.twin.control.globalaccelerator.fake_service import FRANKFURT, OREGON, FakeService
from twin import codec
from twin.control.globalaccelerator.errors import (
    AcceleratorNotDisabled,
    AcceleratorNotFound,
    AssociatedEndpointGroupFound,
    AssociatedListenerFound,
    EndpointGroupAlreadyExists,
    GlobalAcceleratorError,
    InvalidPortRange,
    LimitExceeded,
    ListenerNotFound,
    TransactionInProgress,
)
from twin.control.globalaccelerator.model import (
    GlobalAcceleratorState,
    find_accelerator,
    find_endpoint_group,
    find_free_ordinal,
    find_listener,
    mark_deployed,
)

REGIONS = (FRANKFURT, OREGON, "eu-west-1")


class Sessions(RuleBasedStateMachine):
    """Clients that create, change and delete at random."""

    accelerators = Bundle("accelerators")
    listeners = Bundle("listeners")
    groups = Bundle("groups")

    def __init__(self) -> None:
        """Start with one load balancer a Region."""
        super().__init__()
        self.world = FakeService()
        self.balancers = {r: self.world.load_balancers.declare(r, "lb") for r in REGIONS}

    @rule(target=accelerators)
    def create_accelerator(self) -> object:
        """Refused only by the quota."""
        try:
            return self.world.accelerator()
        except LimitExceeded:
            return multiple()

    @rule(target=listeners, owner=accelerators, port=st.integers(1, 6))
    def create_listener(self, owner: str, port: int) -> object:
        """Refused when the port is taken or the accelerator is gone."""
        try:
            return self.world.listener(owner, port)
        except (AcceleratorNotFound, InvalidPortRange):
            return multiple()

    @rule(target=groups, parent=listeners, region=st.sampled_from(REGIONS))
    def create_group(self, parent: str, region: str) -> object:
        """Refused when the Region has one or the listener is gone."""
        try:
            return self.world.group(
                parent, region, EndpointConfigurations=[{"EndpointId": self.balancers[region]}]
            )
        except (EndpointGroupAlreadyExists, ListenerNotFound):
            return multiple()

    @rule(arn=groups, dial=st.integers(0, 100))
    def turn_dial(self, arn: str, dial: int) -> None:
        """The endpoints stay."""
        try:
            before = find_endpoint_group(self.world.state, arn)[2]
        except GlobalAcceleratorError:
            return
        self.world.call("UpdateEndpointGroup", EndpointGroupArn=arn, TrafficDialPercentage=dial)
        after = find_endpoint_group(self.world.state, arn)[2]
        assert after.dial == dial
        assert after.endpoints == before.endpoints

    @rule(arn=accelerators, enabled=st.booleans())
    def enable(self, arn: str, enabled: bool) -> None:
        """A change makes it IN_PROGRESS."""
        if not self._is_gone(arn):
            told = self.world.call("UpdateAccelerator", AcceleratorArn=arn, Enabled=enabled)
            assert told["Accelerator"]["Status"] == "IN_PROGRESS"

    @rule(arn=accelerators)
    def settle(self, arn: str) -> None:
        """The edge has it."""
        self.world.state = mark_deployed(self.world.state, arn)

    @rule(arn=consumes(groups))
    def delete_group(self, arn: str) -> None:
        """A group can always be deleted."""
        self.world.call("DeleteEndpointGroup", EndpointGroupArn=arn)

    @rule(target=listeners, arn=consumes(listeners))
    def delete_listener(self, arn: str) -> object:
        """Only without groups."""
        has_groups = bool(find_listener(self.world.state, arn)[1].groups)
        try:
            self.world.call("DeleteListener", ListenerArn=arn)
        except AssociatedEndpointGroupFound:
            assert has_groups
            return arn
        assert not has_groups
        return multiple()

    @rule(target=accelerators, arn=consumes(accelerators))
    def delete_accelerator(self, arn: str) -> object:
        """Only without listeners, disabled and settled."""
        found = find_accelerator(self.world.state, arn)
        free = not found.listeners and not found.enabled and found.status == "DEPLOYED"
        try:
            self.world.call("DeleteAccelerator", AcceleratorArn=arn)
        except (AssociatedListenerFound, AcceleratorNotDisabled, TransactionInProgress):
            assert not free
            return arn
        assert free
        return multiple()

    @invariant()
    def addresses_are_unique_and_lowest(self) -> None:
        """Static addresses are never shared."""
        ordinals = [a.ordinal for a in self.world.state.accelerators]
        assert len(set(ordinals)) == len(ordinals)
        assert find_free_ordinal(self.world.state) <= len(ordinals)

    @invariant()
    def ports_are_unique(self) -> None:
        """Within an accelerator."""
        for owner in self.world.state.accelerators:
            ports = [r.from_port for item in owner.listeners for r in item.port_ranges]
            assert len(set(ports)) == len(ports)

    @invariant()
    def tokens_belong_to_what_exists(self) -> None:
        """A token is forgotten with its resource."""
        state = self.world.state
        arns = {a.arn for a in state.accelerators}
        arns |= {x.arn for a in state.accelerators for x in a.listeners}
        arns |= {g.arn for a in state.accelerators for x in a.listeners for g in x.groups}
        assert {token.arn for token in state.tokens} == arns

    @invariant()
    def the_state_can_be_written_down(self) -> None:
        """What is read back is what was written."""
        assert (
            codec.loads(GlobalAcceleratorState, codec.dumps(self.world.state)) == self.world.state
        )

    def _is_gone(self, arn: str) -> bool:
        return arn not in [a.arn for a in self.world.state.accelerators]


Sessions.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
test_sessions_keep_the_state_sound = Sessions.TestCase


def test_the_first_accelerator_always_has_the_same_addresses() -> None:
    world = FakeService()
    first, second = world.accelerator("a"), world.accelerator("b")
    world.call("UpdateAccelerator", AcceleratorArn=first, Enabled=False)
    world.state = mark_deployed(world.state, first)
    world.call("DeleteAccelerator", AcceleratorArn=first)

    third = world.call("CreateAccelerator", Name="c")["Accelerator"]

    assert third["IpSets"][0]["IpAddresses"] == ["127.75.0.1", "127.99.0.1"]
    assert find_accelerator(world.state, second).ordinal == 1


def test_deleting_while_in_progress_is_refused() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_DeleteAccelerator.html."""
    world = FakeService()
    arn = world.accelerator()
    world.call("UpdateAccelerator", AcceleratorArn=arn, Enabled=False)

    with pytest.raises(TransactionInProgress):
        world.call("DeleteAccelerator", AcceleratorArn=arn)


def test_tags_leave_the_status_alone() -> None:
    world = FakeService()
    arn = world.accelerator()
    world.state = mark_deployed(world.state, arn)

    world.call("TagResource", ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}])

    assert find_accelerator(world.state, arn).status == "DEPLOYED"
    assert world.call("ListTagsForResource", ResourceArn=arn) == {
        "Tags": [{"Key": "a", "Value": "b"}]
    }


def test_a_change_deep_inside_puts_the_accelerator_in_progress() -> None:
    world = FakeService()
    arn = world.accelerator()
    group = world.group(world.listener(arn))
    world.state = mark_deployed(world.state, arn)
    world.now += 60

    world.call("UpdateEndpointGroup", EndpointGroupArn=group, TrafficDialPercentage=1)

    changed = find_accelerator(world.state, arn)
    assert changed.status == "IN_PROGRESS"
    assert changed.modified == changed.created + 60
