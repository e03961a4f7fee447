"""Drills: planned, guarded, executed and put back.

    scenario   what to practise, as data            catalogue   where scenarios are found
    plan       scenario + system -> frozen steps     guards      what must hold before each step
    journal    what was done, fsynced                state       what the journal means
    rollback   what is left to put back              lease       one drill at a time
    observe    probe samples -> figures of now       execute     the loop over the phases
    view       what a person sees meanwhile          result      what it came to

Pure are scenario, plan, guards, state, rollback and observe: they decide. Execute acts, through the
protocols in `ports`, so that the same loop runs on AWS, on the twin, and on a test's stand-ins.
"""
