"""Ids and changes of the state."""

import random

from twin.control.document_service import CallContext
from twin.control.route53.model import KEPT_CHANGES, Route53State, add_change, strip_id

CONTEXT = CallContext(account="1", region="us-east-1", now=5.0, rng=random.Random(1))


def test_ids_are_taken_with_and_without_their_prefix() -> None:
    assert strip_id("/hostedzone/Z1") == strip_id("Z1") == "Z1"


def test_old_changes_are_forgotten() -> None:
    state, last = add_change(Route53State(), CONTEXT)
    for _ in range(KEPT_CHANGES):
        state, last = add_change(state, CONTEXT)

    assert len(state.changes) == KEPT_CHANGES
    assert f"/change/{state.changes[-1].id}" == last["Id"]
