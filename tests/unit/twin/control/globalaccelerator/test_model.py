"""Random sequences of calls keep the state consistent."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

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
    ServiceState,
    find_accelerator,
    find_endpoint_group,
    find_free_ordinal,
    find_listener,
    mark_deployed,
)

REGIONS = (FRANKFURT, OREGON, "eu-west-1")


class RandomCalls(RuleBasedStateMachine):
    """Clients that create, change and delete at random."""

    accelerators = Bundle("accelerators")
    listeners = Bundle("listeners")
    groups = Bundle("groups")

    def __init__(self) -> None:
        super().__init__()
        self.service = FakeService()
        self.balancers = {r: self.service.add_load_balancer(r, "lb") for r in REGIONS}

    @rule(target=accelerators)
    def create_accelerator(self) -> object:
        """Fails only at the quota."""
        try:
            return self.service.create_accelerator()
        except LimitExceeded:
            return multiple()

    @rule(target=listeners, owner=accelerators, port=st.integers(1, 6))
    def create_listener(self, owner: str, port: int) -> object:
        """Fails when the port is taken or the accelerator deleted."""
        try:
            return self.service.create_listener(owner, port)
        except (AcceleratorNotFound, InvalidPortRange):
            return multiple()

    @rule(target=groups, parent=listeners, region=st.sampled_from(REGIONS))
    def create_group(self, parent: str, region: str) -> object:
        """Fails when the listener has a group in the Region, or is deleted."""
        try:
            return self.service.create_group(
                parent, region, EndpointConfigurations=[{"EndpointId": self.balancers[region]}]
            )
        except (EndpointGroupAlreadyExists, ListenerNotFound):
            return multiple()

    @rule(arn=groups, dial=st.integers(0, 100))
    def turn_dial(self, arn: str, dial: int) -> None:
        """The endpoints stay."""
        try:
            before = find_endpoint_group(self.service.state, arn)[2]
        except GlobalAcceleratorError:
            return
        self.service.call("UpdateEndpointGroup", EndpointGroupArn=arn, TrafficDialPercentage=dial)
        after = find_endpoint_group(self.service.state, arn)[2]
        assert after.dial == dial
        assert after.endpoints == before.endpoints

    @rule(arn=accelerators, enabled=st.booleans())
    def enable(self, arn: str, enabled: bool) -> None:
        """A change makes it IN_PROGRESS."""
        if not self._is_deleted(arn):
            response = self.service.call("UpdateAccelerator", AcceleratorArn=arn, Enabled=enabled)
            assert response["Accelerator"]["Status"] == "IN_PROGRESS"

    @rule(arn=accelerators)
    def deploy(self, arn: str) -> None:
        """Its last change is deployed."""
        self.service.state = mark_deployed(self.service.state, arn)

    @rule(arn=consumes(groups))
    def delete_group(self, arn: str) -> None:
        """A group can always be deleted."""
        self.service.call("DeleteEndpointGroup", EndpointGroupArn=arn)

    @rule(target=listeners, arn=consumes(listeners))
    def delete_listener(self, arn: str) -> object:
        """Only without groups."""
        has_groups = bool(find_listener(self.service.state, arn)[1].groups)
        try:
            self.service.call("DeleteListener", ListenerArn=arn)
        except AssociatedEndpointGroupFound:
            assert has_groups
            return arn
        assert not has_groups
        return multiple()

    @rule(target=accelerators, arn=consumes(accelerators))
    def delete_accelerator(self, arn: str) -> object:
        """Only without listeners, disabled and deployed."""
        accelerator = find_accelerator(self.service.state, arn)
        deletable = (
            not accelerator.listeners
            and not accelerator.enabled
            and accelerator.status == "DEPLOYED"
        )
        try:
            self.service.call("DeleteAccelerator", AcceleratorArn=arn)
        except (AssociatedListenerFound, AcceleratorNotDisabled, TransactionInProgress):
            assert not deletable
            return arn
        assert deletable
        return multiple()

    @invariant()
    def addresses_are_unique_and_lowest(self) -> None:
        """Static addresses are never shared."""
        ordinals = [a.ordinal for a in self.service.state.accelerators]
        assert len(set(ordinals)) == len(ordinals)
        assert find_free_ordinal(self.service.state) <= len(ordinals)

    @invariant()
    def ports_are_unique(self) -> None:
        """Within an accelerator."""
        for owner in self.service.state.accelerators:
            ports = [r.from_port for item in owner.listeners for r in item.port_ranges]
            assert len(set(ports)) == len(ports)

    @invariant()
    def tokens_belong_to_what_exists(self) -> None:
        """A token is dropped with its resource."""
        state = self.service.state
        arns = {a.arn for a in state.accelerators}
        arns |= {x.arn for a in state.accelerators for x in a.listeners}
        arns |= {g.arn for a in state.accelerators for x in a.listeners for g in x.groups}
        assert {token.arn for token in state.tokens} == arns

    @invariant()
    def the_state_can_be_written_down(self) -> None:
        """Reading returns what was written."""
        assert codec.loads(ServiceState, codec.dumps(self.service.state)) == self.service.state

    def _is_deleted(self, arn: str) -> bool:
        return arn not in [a.arn for a in self.service.state.accelerators]


RandomCalls.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
test_random_calls_keep_the_state_consistent = RandomCalls.TestCase


def test_the_first_accelerator_always_has_the_same_addresses() -> None:
    service = FakeService()
    first, second = service.create_accelerator("a"), service.create_accelerator("b")
    service.call("UpdateAccelerator", AcceleratorArn=first, Enabled=False)
    service.state = mark_deployed(service.state, first)
    service.call("DeleteAccelerator", AcceleratorArn=first)

    third = service.call("CreateAccelerator", Name="c")["Accelerator"]

    assert third["IpSets"][0]["IpAddresses"] == ["127.75.0.1", "127.99.0.1"]
    assert find_accelerator(service.state, second).ordinal == 1


def test_a_change_deep_inside_puts_the_accelerator_in_progress() -> None:
    service = FakeService()
    arn = service.create_accelerator()
    group = service.create_group(service.create_listener(arn))
    service.state = mark_deployed(service.state, arn)
    service.now += 60

    service.call("UpdateEndpointGroup", EndpointGroupArn=group, TrafficDialPercentage=1)

    changed = find_accelerator(service.state, arn)
    assert changed.status == "IN_PROGRESS"
    assert changed.modified == changed.created + 60
