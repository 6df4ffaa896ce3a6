"""Figures for papers, as PNG and SVG, with the data as CSV beside each; needs matplotlib.

They are drawn from the tables of `survey.tables`, as the page is. The same survey gives the same bytes with the same
release of matplotlib: no date, fixed ids, the font that matplotlib brings.
"""

from __future__ import annotations

import csv
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import matplotlib as mpl
from matplotlib.figure import Figure

from ptmscan.report.csv_table import cell_text
from ptmscan.report.printable import printable
from ptmscan.report.words import number
from ptmscan.survey.tables import Chart, Shape, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAX_BARS = 20
# A column of a paper with two columns is about 3.4 inches wide; bars with long names need the width of the page.
_WIDTH, _BAR_HEIGHT, _MARGIN, _COLUMNS_HEIGHT = 6.4, 0.24, 0.7, 3.0
_MAX_LABEL = 48
_DOTS_PER_INCH = 200
# Dark enough to be told from white in print without colours.
_FILL = "#35699f"
# Newer releases type the keys one by one, older ones do not.
_SETTINGS: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "text.parse_math": False,
    "svg.hashsalt": "ptmscan",
    "svg.fonttype": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def write_figures(tables: tuple[Table, ...], folder: Path) -> Iterator[Path]:
    """Write `KEY.csv` of every table, `KEY.png` and `KEY.svg` of those with a chart; each path when it is written.

    Raises:
        OSError: a file cannot be written.
    """
    for table in tables:
        data = folder / f"{table.key}.csv"
        with data.open("w", encoding="utf-8", newline="") as stream:
            write_csv(table, stream)
        yield data
        if table.chart is not None:
            figure = draw(table, table.chart)
            for suffix, metadata in (("png", {"Software": None}), ("svg", {"Date": None, "Creator": "ptmscan"})):
                file = folder / f"{table.key}.{suffix}"
                with mpl.rc_context(_SETTINGS), warnings.catch_warnings():
                    # A sign that the font lacks is a box in the PNG; SVG and CSV hold it.
                    warnings.filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
                    figure.savefig(file, dpi=_DOTS_PER_INCH, metadata=metadata)
                yield file


def write_csv(table: Table, stream: TextIO) -> None:
    """The whole table, with its column names."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([cell_text(cell) if isinstance(cell, str) else cell for cell in row] for row in table.rows)


def draw(table: Table, chart: Chart) -> Figure:
    """The figure of a chart."""
    with mpl.rc_context(_SETTINGS):
        bars = min(len(chart.values), MAX_BARS)
        height = _MARGIN + bars * _BAR_HEIGHT if chart.shape is Shape.BARS else _COLUMNS_HEIGHT
        figure = Figure(figsize=(_WIDTH, height), layout="constrained")
        axes = figure.subplots()
        axes.set_title(table.title, loc="left", fontsize=9, fontweight="bold")
        if chart.shape is Shape.BARS:
            _bars(axes, chart)
        else:
            _columns(axes, chart)
        return figure


def _bars(axes: Axes, chart: Chart) -> None:
    values, labels = chart.values[:MAX_BARS], chart.labels[:MAX_BARS]
    places = range(len(values))
    drawn = axes.barh(places, values, height=0.65, color=_FILL)
    axes.set_yticks(places, [printable(label, _MAX_LABEL) for label in labels])
    axes.invert_yaxis()
    axes.bar_label(drawn, [number(value) for value in values], padding=2)
    axes.set_xlabel(chart.unit + _left_out(chart))
    axes.margins(x=0.1)
    axes.tick_params(left=False)


def _columns(axes: Axes, chart: Chart) -> None:
    places = range(len(chart.values))
    drawn = axes.bar(places, chart.values, width=0.75, color=_FILL)
    axes.set_xticks(places, chart.labels)
    axes.bar_label(drawn, [number(value) for value in chart.values], padding=2)
    axes.set_xlabel(chart.axis)
    axes.set_ylabel(chart.unit)
    axes.margins(y=0.1)
    axes.tick_params(bottom=False)


def _left_out(chart: Chart) -> str:
    left = len(chart.values) - MAX_BARS
    return f" ({left:,} more not drawn)" if left > 0 else ""
