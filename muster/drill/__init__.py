"""Drills: planned, guarded, executed and rolled back.

    scenario/       a scenario's file, its rules and its parameters
    plan/           scenario + system -> frozen steps; what they change
    guards/         rules that allow, hold or refuse a step; preflight
    lease/          one drill at a time
    journal/        events, fsynced; the state of a run is their fold
    observation/    what users see now: probes, measures, snapshots
    run/            the phases, a step, stop conditions, what runs beside
    rollback/       put the baseline back
    view/           text, lines and the live view
    result.py       the numbers against the targets

`run`, the rollback's executor and the probes act, through `run/ports.py`, so that the same code
runs on AWS, on the twin and on a test's fakes. What decides is pure.
"""
