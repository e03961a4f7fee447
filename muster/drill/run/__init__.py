"""Run a drill: phases, steps, stop conditions and the lease."""
