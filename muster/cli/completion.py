"""`muster completion`: print a shell's completion script."""

from common.command.command_shell import completion_command

completion = completion_command("muster")
