"""The lease: one drill at a time, and a note of what another machine would have to put back."""
