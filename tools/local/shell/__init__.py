"""A user's shell: `.twin/env`, and the launchers of `pulumi` and `aws`."""
