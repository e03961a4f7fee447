"""Charts as inline SVG, drawn by small pure functions on one time axis.

    geometry   layouts, scales, ticks            frame    what all charts share: axes, marks
    shapes     paths of stacks and lines         lanes    rows of blocks: timeline, health
    stacks     stacked rates                     lines    lines over time

Every chart is drawn twice, for wide and for narrow pages; the style sheet shows one. Nothing is
drawn outside the plot, whatever the values are.
"""
