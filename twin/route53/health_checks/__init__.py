"""Health checkers: their schedules, their checks over sockets, and what these come to."""
