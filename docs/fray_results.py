"""Results of fray in Python: load a folder, take a curve, draw it.

    import fray_results as fray               # this file; needs pandas, and matplotlib to draw
    results = fray.load("results/quickstart")
    curve = fray.curve(results)               # points with 95 % intervals, one series per combination
    fray.figure(curve, "curve.png")

Or at once:  python3 fray_results.py results/quickstart curve.png

Curves come from tables/measures.csv, whose intervals speak of new seeds and of new people. Nothing is
averaged here: every combination of swept values is a series of its own.
"""
import collections
import pathlib
import sys

import pandas as pd

Results = collections.namedtuple("Results", "folder trials scores rounds measures keys")
_BEFORE, _AFTER = "severity", "control"  # swept keys stand between these columns of measures.csv


def _plain(cell):
    """A name as it was given: fray puts an apostrophe before what a spreadsheet would compute."""
    if isinstance(cell, str) and cell.startswith("'") and cell.lstrip("'")[:1] in tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"):
        return cell[1:]
    return cell


def _word(value):
    return f"{value:g}" if isinstance(value, float) else str(value)


def _read(path):
    # Only empty cells are undefined: a class or a group may be called "NA" or "None".
    table = pd.read_csv(path, keep_default_na=False, na_values=[""], low_memory=False)
    for name in table.columns[table.dtypes == object]:
        table[name] = table[name].map(_plain)
    return table.rename(columns=_plain)


def load(folder):
    """The tables of a results folder; `keys` are the swept keys. Runs of controls are rows too:
    those whose `control` is not empty."""
    folder = pathlib.Path(folder)
    path = folder / "tables" / "measures.csv"
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: `fray report {folder}` writes it")
    measures = _read(path)
    columns = list(measures.columns)
    keys = columns[columns.index(_BEFORE) + 1:columns.index(_AFTER)]
    tables = [_read(folder / f"{name}.csv") for name in ("trials", "scores", "rounds")]
    return Results(folder, *tables, measures, keys)


def _one(rows, column, wanted, what):
    """Rows whose column has the wanted value, or the first value in the file."""
    there = list(rows[column].dropna().unique())
    value = wanted if wanted is not None else there[0] if there else None
    if value not in there:
        raise ValueError(f"there is no {what} {value!r}; there are {there}")
    return rows[rows[column] == value]


def curve(results, axis=None, metric=None, group="all", scope=None, where=None):
    """Points of a robustness curve, best models: columns series, x, value, low, high, seeds,
    clusters, status, and the swept keys.

    axis    a swept strength ("lost.rate") or a test condition ("audio_lost"); default: the first
    metric, group, scope    default: the main metric, all samples, the first scope of the file
    where   {"method": "attention"}: swept values to keep. A key that is not named here makes
            series of its own, so that nothing is averaged over it."""
    rows = results.measures[(results.measures.measure == "score") & results.measures.control.isna()]
    rows = _one(rows, "axis", axis, "axis")
    rows = _one(rows, "scope", scope, "scope")
    rows = _one(rows, "metric", metric, "metric")
    rows = _one(rows, "group", group, "group")
    for key, value in (where or {}).items():
        if key not in results.keys:
            raise ValueError(f"the study does not sweep {key!r}; it sweeps {results.keys}")
        rows = _one(rows, key, value, key)
    # Keys that move in step with the axis tell no series apart.
    apart = [key for key in results.keys if rows.groupby("severity")[key].nunique().max() > 1]
    words = rows[apart].map if hasattr(rows, "map") else rows[apart].applymap  # by pandas 2 and 1
    label = words(_word).agg(", ".join, axis=1) if apart else pd.Series("", rows.index)
    points = rows.assign(series=label, x=rows.severity)
    if points.duplicated(["series", "x"]).any():
        raise ValueError("two rows for one point: measures.csv is not one that fray wrote")
    columns = ["series", "x", "value", "low", "high", "seeds", "clusters", "status", *results.keys]
    points = points[columns].reset_index(drop=True)
    points.attrs.update(axis=rows.axis.iloc[0], metric=rows.metric.iloc[0])
    return points


def figure(points, path):
    """Draws a curve with its intervals, one line per series."""
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    fig, plot = pyplot.subplots()
    for name, line in points.groupby("series", sort=False):
        plot.plot(line.x, line.value, marker="o", label=name)
        plot.fill_between(line.x, line.low, line.high, alpha=0.2)
    plot.set_xlabel(points.attrs["axis"])
    plot.set_ylabel(points.attrs["metric"])
    if points.series.nunique() > 1:
        plot.legend()
    fig.savefig(path)
    pyplot.close(fig)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: fray_results.py RESULTS [FIGURE.png]")
    found = curve(load(sys.argv[1]))
    print(found.to_csv(index=False), end="")
    if len(sys.argv) == 3:
        figure(found, sys.argv[2])
