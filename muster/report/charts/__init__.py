"""Charts as inline SVG, drawn by small pure functions on one time axis.

    svg     elements, escaped              lanes        rows of blocks: timeline, health
    scales  size, scales, ticks            data_tables  the table beside a chart
    frame   what all charts share          figures      which charts a report has
    plots   stacked rates and lines

Nothing is drawn outside the plot, whatever the values are.
"""
