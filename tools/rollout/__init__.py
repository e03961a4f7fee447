"""Deploys a change to one Region after the other, and stops at the first that does not serve.

    python -m tools.rollout --stack prod

Each Region's own resources are updated (`pulumi up --target`), then its function is invoked for a
while: /health, a page, and an item that is written and read. The home Region is the last. Whatever
spans all Regions, front doors and outputs, is updated in the end, by an update of the whole stack.

A Region that is down is left out by name (`--skip`); the last update then waits for its return.
"""
