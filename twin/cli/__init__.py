"""The `twin` command: starting, stopping, looking at and breaking the local twin.

It works through run files, signals and the processes' internal HTTP, never through an AWS API. A
command's module is imported when the command runs, so that `twin status` is quick.
"""
