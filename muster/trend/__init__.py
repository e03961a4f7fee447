"""Drills over time: what was practised when, and how the numbers of several runs compare.

past_runs   a run's journal and result -> what the history of drills shows
practice    past runs -> when each scenario was last practised in each Region
"""
