"""What the parts of the checkout share without knowing each other.

Every module here needs the standard library only (`codec` on msgspec too, `command.command_shell`
on click) and imports no other one, so that the Pulumi program can import `common.network.loopback`
and nothing else. Nothing in here imports a part. The Lambda function (`app`) does not use it.
"""
