"""The `twin` command: starting, stopping, looking at and breaking the local twin.

It works through run files, signals and the processes' inner HTTP; it knows no AWS service. A
command's module is imported when the command runs, so that `twin status` is quick.
"""
