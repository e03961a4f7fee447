"""Changes by hand: a drill's guards judge them too, and what was changed is recorded.

Decides which guards hold for a lever that a person pulls, and what counts as evidence where the
control planes are silent. The commands are in muster/cli/levers/.
"""
