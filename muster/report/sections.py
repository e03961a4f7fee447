"""The sections of a report's page, each from the Report to markup.

Decides what stands in each section and in which words. The numbers' rows are `figures`', the charts
`pictures`'.
"""

from collections.abc import Iterator

from muster.drill.plan.targets import format_target
from muster.formatting import format_duration
from muster.report.charts.data_tables import ChartFigure
from muster.report.charts.figures import chart_figures
from muster.report.charts.legend import draw_legend
from muster.report.charts.scales import format_clock
from muster.report.document import format_utc
from muster.report.html import Markup, element, join_markup, markdown_line
from muster.report.metric_rows import NONE, format_length, key_metrics
from muster.report.metrics_section import metrics_section
from muster.report.model import DrillReport, GuardFinding, StepRow, TargetResult
from muster.report.plan_section import plan_section
from muster.report.tables import Cell, Column, details, listing, pairs, table, tag

TONES = {"met": "good", "missed": "bad", "incomplete": "bad"}
OUTCOME_TONES = {"done": "good", "failed": "bad", "begun": "bad", "not taken": "care"}


def head(report: DrillReport) -> Markup:
    """Title and the facts that say which run this is."""
    plan, origin = report.plan, report.origin
    facts = [
        ("Run", report.run),
        *((("Region", plan.subject),) if plan.subject else ()),
        ("Begun", format_utc(report.started_at)[:19].replace("T", " ") + " UTC"),
        ("Lasted", format_duration(report.length_s)),
        ("Target", origin.target),
        ("By", f"{origin.by} on {origin.host}"),
    ]
    return element(
        "header",
        element("p", "Report of a failover drill", class_="soft"),
        element("h1", plan.title),
        element("ul", *(element("li", f"{k} ", element("b", v)) for k, v in facts), class_="facts"),
    )


def verdict(report: DrillReport) -> Markup:
    """In words: met or missed, by how much, and whether to believe it."""
    said = report.verdict
    tone = TONES.get(said.status, "care")
    if said.status == "met" and not said.trusted:
        tone = "care"
    return element(
        "section",
        element("h2", said.headline, id="verdict"),
        listing(map(markdown_line, said.sentences)),
        element("p", said.trust, class_="trust"),
        listing(f"Not read: {remark}" for remark in report.remarks),
        class_=f"verdict tone-{tone}",
        aria_labelledby="verdict",
    )


def tiles(report: DrillReport) -> Markup:
    """The key figures. The style sheet knows how each number of them fills its rows."""
    found = list(key_metrics(report))
    return element(
        "dl",
        *(
            element(
                "div",
                element("dt", one.label, _small(one.short)),
                element("dd", one.value, _small(one.remark)),
            )
            for one in found
        ),
        class_=f"tiles of-{len(found)}",
    )


def targets(report: DrillReport) -> Markup:
    """Each target against what was measured."""
    if not report.targets:
        return element("p", "No targets were set.")
    columns = (
        Column("Target"),
        Column("At most", "num"),
        Column("Measured", "num"),
        Column("Verdict"),
    )
    return table("", columns, (_target(one) for one in report.targets))


def charts(report: DrillReport) -> Markup:
    """All charts on one time axis."""
    return join_markup(
        [
            element(
                "p",
                "All charts share one time axis: minutes and seconds since the drill began. Lines"
                " through the charts are steps that changed something; the bold ones are the"
                " cause, its end, and stops. The shaded time lies between the cause and its end.",
                class_="soft",
            ),
            *(_figure(picture) for picture in chart_figures(report)),
        ]
    )


def steps(report: DrillReport) -> Markup:
    """What was done."""
    columns = (
        Column("Step", "id"),
        Column("At", "time"),
        Column("What", "wide"),
        Column("Took", "num"),
        Column("Outcome"),
        Column("Why", "wide"),
    )
    return table("Steps as they were taken", columns, (_step(one) for one in report.steps))


def guards(report: DrillReport) -> Markup:
    """What the guards found: first what did not pass."""
    found = report.findings
    if not found:
        return element("p", "No guard was asked.")
    bad = [one for one in found if one.ruling != "ok" or one.forced]
    columns = (
        Column("At", "time"),
        Column("Phase"),
        Column("Step", "id"),
        Column("Guard"),
        Column("Finding"),
        Column("Reason", "wide"),
    )
    passed = f"{len(found) - len(bad):,} of {len(found):,} findings let a step pass."
    return join_markup(
        [
            element("p", passed),
            table("Held, refused or overridden", columns, map(_finding, bad)) if bad else None,
            details("All findings", table("", columns, map(_finding, found), stacked=True)),
        ]
    )


def environment(report: DrillReport) -> Markup:
    """Versions, and what it was done to."""
    origin, made = report.origin, report.environment
    rows: list[tuple[str, str]] = [
        ("Target", origin.target),
        ("Account", origin.account),
        ("muster", origin.version),
        ("Taken up again", f"{origin.resumed} times" if origin.resumed else "never"),
    ]
    if made is None:
        rows.append(("Versions and stack outputs", "not recorded by this run"))
        return pairs("Environment", rows)
    rows += [
        ("Python", made.python),
        ("System", made.system),
        *((name, version) for name, version in made.packages.items()),
        ("Endpoint", made.endpoint_url or "AWS's own"),
        ("Static addresses", ", ".join(made.stack.static_ips)),
        ("URL", made.stack.url),
        ("Accelerator", made.stack.accelerator_arn),
        ("Table", f"{made.stack.table} (home Region {made.stack.home_region})"),
        ("Control table", made.stack.control_table),
    ]
    for region, one in made.stack.regions.items():
        rows.append((region, f"load balancer {one.alb_dns}, declared dial {one.declared_dial:g} %"))
    return pairs("Environment", rows)


def journal(report: DrillReport) -> Markup:
    """Every entry."""
    columns = (
        Column("No.", "id"),
        Column("At", "time"),
        Column("Time of day (UTC)", "time"),
        Column("Kind"),
        Column("Entry", "wide"),
    )
    rows = (
        (str(one.n), format_clock(one.at_s), format_utc(one.at)[11:23], one.kind, one.words)
        for one in report.journal
    )
    return table("", columns, rows)


def _small(text: str) -> Markup | None:
    return element("small", text) if text else None


def _target(one: TargetResult) -> tuple[Cell, ...]:
    measured = NONE if one.measured is None else format_target(one.name, one.measured)
    least = "≥ " if one.at_least else ""
    judged = {True: ("\N{CHECK MARK} met", "good"), False: ("\N{BALLOT X} missed", "bad")}
    said, tone = ("not judged", "care") if one.met is None else judged[one.met]
    return (
        one.label,
        format_target(one.name, one.at_most),
        least + measured,
        tag(said, tone),
    )


def _figure(picture: ChartFigure) -> Markup:
    made = picture.table
    return element(
        "figure",
        element(
            "figcaption",
            element("h3", picture.name.title),
            draw_legend(picture.keys),
            element("p", picture.remark, class_="remark") if picture.remark else None,
        ),
        *picture.svgs,
        details(
            "The same as a table",
            table(
                picture.name.title,
                (Column(made.head[0], "time"), *(Column(title) for title in made.head[1:])),
                ((format_clock(second), *cells) for second, cells in made.rows),
                seconds=[second for second, _ in made.rows],
                until=made.until_s,
                stacked=False,
            ),
        )
        if made and picture.svgs
        else None,
    )


def _step(one: StepRow) -> tuple[Cell, ...]:
    took = NONE
    if one.start_s is not None and one.end_s is not None:
        took = format_length(one.end_s - one.start_s)
    tries = f" ({one.attempts} tries)" if one.attempts > 1 else ""
    at = one.start_s if one.start_s is not None else one.end_s
    name = join_markup([one.words, _small(f" {one.activity}")])
    mark = f" [{one.marks}]" if one.marks else ""
    return (
        one.id + mark,
        NONE if at is None else format_clock(at),
        name,
        took,
        tag(one.outcome + tries, OUTCOME_TONES[one.outcome]),
        one.why,
    )


def _finding(one: GuardFinding) -> tuple[Cell, ...]:
    said, tone = {
        "ok": ("passes", "good"),
        "hold": ("holds", "care"),
        "refuse": ("refuses", "bad"),
    }[one.ruling]
    if one.forced:
        said, tone = "overridden", "care"
    return format_clock(one.at_s), one.phase, one.step, one.guard, tag(said, tone), one.reason


def each(report: DrillReport) -> Iterator[tuple[str, str, Markup]]:
    """(id, title, content) of every section below the verdict."""
    yield "targets", "Targets", targets(report)
    yield "charts", "Timeline and charts", charts(report)
    yield "numbers", "Numbers and what they mean", metrics_section(report)
    yield "steps", "Steps", steps(report)
    yield "guards", "Guards", guards(report)
    yield "plan", "Plan", plan_section(report.plan)
    yield "environment", "Environment", environment(report)
    yield "journal", "Journal", journal(report)
