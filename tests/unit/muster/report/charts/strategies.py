"""Any chart context and any times, beyond the ends of the plot too."""

from hypothesis import strategies as st

from muster.report.charts.frame import ChartContext, ChartName, ChartShade
from muster.report.charts.scales import TimeSpan
from muster.report.model import TimelineEvent

NAME = ChartName(id="c", title="A <chart> & more", description='says "what"')
SECONDS = st.floats(-50, 700)
SPAN = TimeSpan(0.0, 600.0)
MARKS = st.lists(
    st.builds(
        lambda at_s, label, kind: TimelineEvent(at_s=at_s, label=label, words=label, kind=kind),
        SECONDS,
        st.text("m123 <&é", max_size=30),
        st.sampled_from(["step", "cause", "return", "stop"]),
    ),
    max_size=12,
)
CONTEXTS = st.builds(
    lambda marks, ends: ChartContext(
        span=SPAN,
        marks=tuple(marks),
        shades=(ChartShade(start_s=min(ends), end_s=max(ends), kind="away"),),
    ),
    MARKS,
    st.tuples(SECONDS, SECONDS),
)
