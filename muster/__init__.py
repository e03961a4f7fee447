"""The operator's tool: status, dials, health switch, drills, probes and reports.

It knows AWS by its API alone, so that it works the same on AWS and on the local twin; it imports
nothing of the application, the Pulumi program or the twin.
"""

__version__ = "0.1.0"
