"""`muster completion`: print a shell's completion script."""

from common.command.completion import completion_command

completion = completion_command("muster")
