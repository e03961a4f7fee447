"""Drills over time: what was practised when, and how the numbers of several runs compare.

past_runs        a run's journal and result -> what the history of drills shows
practice         past runs -> when each scenario was last practised in each Region

run_selection    names, or a scenario -> the runs that are compared
run_facts        a run's report -> its numbers, whether they are sound, and its settings
comparison       facts of several runs -> them side by side, and what differed
document, schema the comparison -> JSON, and its schema
page, chart      the comparison -> one HTML page
"""
