"""Decides which of many log lines about the same subject are written."""

MAX_SUBJECTS = 100


class LogPause:
    """At most one line about each subject in `pause_s` seconds."""

    def __init__(self, pause_s: float) -> None:
        self._pause_s = pause_s
        self._logged_at: dict[str, float] = {}

    def is_over(self, subject: str, now: float) -> bool:
        """Whether a line about the subject is due; then the caller writes it.

        `now` is monotonic, in seconds. Subjects may be anything that clients send: where
        MAX_SUBJECTS of them were written about in the last `pause_s`, no line is due about others.
        """
        last = self._logged_at.get(subject)
        if last is not None and now - last < self._pause_s:
            return False
        if len(self._logged_at) >= MAX_SUBJECTS:
            self._logged_at = {
                s: at for s, at in self._logged_at.items() if now - at < self._pause_s
            }
            if len(self._logged_at) >= MAX_SUBJECTS:
                return False
        self._logged_at[subject] = now
        return True
