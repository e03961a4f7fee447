"""Any state of the system and any action, for property tests of guards."""

from typing import get_args

from hypothesis import strategies as st

from muster.drill.guards.context import GuardContext
from muster.drill.guards.region_health import DEGRADING_FAULTS
from muster.drill.plan.instructions import ClearFault, InjectFault, SetDial, SetSwitch
from muster.drill.run.lease import LeaseState, LeaseStatus
from muster.levers import Fault
from muster.limits import Limits
from muster.model import ActiveFault, RegionView, SwitchSetting
from tests.unit.muster.drill.builders import build_view

THREE = ("eu-central-1", "us-west-2", "ap-south-1")
names = st.sampled_from(THREE)
percents = st.sampled_from((0.0, 1.0, 50.0, 100.0)) | st.floats(0, 100)
switches = st.none() | st.builds(SwitchSetting, status=st.sampled_from(("auto", "fail", "pass")))
endpoints = st.sampled_from((None, "HEALTHY", "UNHEALTHY", "INITIAL"))
targets = st.sampled_from((None, "healthy", "unhealthy", "initial", "draining", "none"))
figures = st.none() | st.floats(0, 1000)
region_views = st.builds(
    RegionView,
    region=names,
    declared_dial=percents,
    dial=st.none() | percents,
    endpoint=endpoints,
    target=targets,
    switch=switches,
    replication_lag_s=figures,
    new_connections_per_s=figures,
    requests_per_s=figures,
    concurrency_used=figures,
    concurrency_limit=figures,
)
active_faults = st.builds(
    ActiveFault,
    kind=st.sampled_from((*sorted(DEGRADING_FAULTS), "replication-pause")),
    region=names,
)
views = st.builds(
    lambda regions, status, enabled, faults: build_view(
        *regions, accelerator_status=status, accelerator_enabled=enabled, faults=faults
    ),
    st.lists(region_views, min_size=1, max_size=3, unique_by=lambda one: one.region),
    st.sampled_from((None, "DEPLOYED", "IN_PROGRESS")),
    st.sampled_from((None, True, False)),
    st.none() | st.just(()) | st.lists(active_faults, max_size=2).map(tuple),
)
faults = st.builds(Fault, kind=st.sampled_from(sorted(DEGRADING_FAULTS)), region=names)
actions = (
    st.builds(SetDial, region=names, percent=percents)
    | st.builds(SetSwitch, region=names, status=st.sampled_from(("auto", "fail", "pass")))
    | st.builds(InjectFault, fault=faults)
    | st.builds(ClearFault, fault=faults)
)
contexts = st.builds(
    GuardContext,
    do=actions,
    view=views,
    limits=st.builds(Limits, dial_floor=percents, dial_step=percents, lag_s=st.floats(0.1, 10)),
    lease=st.builds(LeaseStatus, state=st.sampled_from(get_args(LeaseState))),
    answering=st.frozensets(names),
    faults=st.lists(faults, max_size=1).map(tuple),
    broken=st.frozensets(names),
)
