"""How fast the network is: beside others, with larger batches, with more threads."""

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import Normal, Stroke
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter, NullLocator

from scratch.figures.style import DARK, INK, LINES, MUTED, PALE, look, new_figure

# They differ in lightness, too. The textbook engine is no rival, but where we come from: the palest.
COLOURS = {"Keras": DARK, "PyTorch": "#b4533a", "JAX": "#7db8ad", "reference": "#d5dae0"}
BAR, GAP = 0.26, 0.6  # the height of a bar in inches; the room between groups of bars, in bars
PANEL, LABELS = 4.2, 1.6  # inches: the width of a panel, and of the labels on the left
HALO = [Stroke(linewidth=3, foreground="white"), Normal()]
WHISKER = {"color": INK, "linewidth": 1.5, "path_effects": HALO}


def as_times(value, position=None):
    """Return a ratio as the label of an axis: 0.5x, 1x, 20x, 1,000x."""
    return f"{value:,.0f}x" if value >= 1000 else f"{value:.3g}x"


def measured(ratio):
    """Return a measured ratio as text: 0.50x, 2.74x, 13.1x, 1,024x."""
    return f"{ratio:,.{2 if ratio < 9.995 else 1 if ratio < 99.95 else 0}f}x"


@look()
def speed_ratios(ratios, title):
    """Draw how many times better scratch is than each of the others, on a logarithmic scale.

    Args:
        ratios: {model: {what: {peer: (ratio, lowest, highest)}}}; a bar goes from 1 to the ratio, a thin line
            from the lowest to the highest. All models have the same peers, in the same order.
        title: the text above the picture.

    Returns:
        A Figure with a panel for each model.
    """
    whats = list(dict.fromkeys(what for by_what in ratios.values() for what in by_what))
    peers = list(dict.fromkeys(p for by_what in ratios.values() for by in by_what.values() for p in by))
    bars = sum(max(len(by_what.get(what, ())) for by_what in ratios.values()) + GAP for what in whats)
    figure = new_figure(title, LABELS + PANEL * max(2, len(ratios)), 1.9 + BAR * bars)
    panels = figure.subplots(1, len(ratios), sharex=True, sharey=True, squeeze=False)[0]
    for axes, (model, by_what) in zip(panels, ratios.items(), strict=True):
        middles = ratio_panel(axes, by_what, whats)
        axes.set_title(model)
        axes.set_xlabel("Times better: faster, or less memory (logarithmic)")
    panels[0].set_yticks(middles, whats)
    panels[0].invert_yaxis()
    ratio_axis(panels[0], ratios)
    handles = [Patch(facecolor=colour(peer), edgecolor=MUTED, label=f"than {peer}") for peer in peers]
    handles.append(Line2D([], [], label="their best to worst round", **WHISKER))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), fontsize=11)
    return figure


def colour(peer):
    """Return the colour of a peer's bars."""
    return COLOURS.get(peer, MUTED)


def ratio_panel(axes, by_what, whats):
    """Draw one network's bars from the top down; return where the middle of each group is."""
    middles, y = [], 0.0
    for what in whats:
        group = by_what.get(what, {})
        for number, (peer, (ratio, low, high)) in enumerate(group.items()):
            place = y + number
            bar = {"color": colour(peer), "edgecolor": MUTED, "linewidth": 0.5}
            axes.barh(place, ratio - 1, left=1, height=0.86, **bar)
            axes.plot([low, high], [place, place], **WHISKER)
            beside = {"xytext": (6, 0), "textcoords": "offset points", "va": "center", "fontsize": 9}
            axes.annotate(measured(ratio), (max(1, ratio, high), place), **beside)
        middles.append(y + (len(group) - 1) / 2)
        y += len(group) + GAP
    axes.set_ylim(-0.5 - GAP, y - 0.5)
    axes.axvline(1, color=INK, linewidth=1.2)
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)
    return middles


def ratio_axis(axes, ratios):
    """Scale the x axis by logarithms, with 1x on it and room for the numbers at the ends of the bars."""
    values = [value for a in ratios.values() for b in a.values() for triple in b.values() for value in triple]
    low, high = min(0.9, *values), max(2, *values)
    axes.set_xscale("log")
    axes.set_xlim(low / (high / low) ** 0.04, high * (high / low) ** 0.2)
    axes.xaxis.set_major_locator(LogLocator(subs=(1,) if high / low > 100 else (1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(as_times))
    axes.xaxis.set_minor_locator(NullLocator())


@look()
def speed_ladder(rungs, title):
    """Draw how many times as fast as the first each rung of the ladder is, on a logarithmic scale.

    Args:
        rungs: {name: microseconds an image}, the first one on top.
        title: the text above the picture.
    """
    figure = new_figure(title, 10, 1.5 + 0.55 * len(rungs))
    axes = figure.subplots()
    first, places = next(iter(rungs.values())), range(len(rungs))
    for place, microseconds in zip(places, rungs.values(), strict=True):
        ratio = first / microseconds
        axes.barh(place, ratio - 1, left=1, color=PALE, edgecolor=MUTED, height=0.7)
        text = f"{measured(ratio)}, {microseconds:,.{0 if microseconds >= 99.95 else 1}f} µs an image"
        beside = {"xytext": (6, 0), "textcoords": "offset points", "va": "center"}
        axes.annotate(text, (max(1, ratio), place), **beside)
    axes.axvline(1, color=INK, linewidth=1.2)
    axes.set_yticks(places, list(rungs))
    axes.invert_yaxis()
    ratios = [first / microseconds for microseconds in rungs.values()]
    axes.set_xscale("log")
    axes.set_xlim(min(0.8, *ratios), 40 * max(ratios))  # room for the numbers at the ends
    axes.xaxis.set_major_locator(LogLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(as_times))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(f"Times as fast as {next(iter(rungs))} (logarithmic)")
    return figure


@look()
def speed_growth(batches, threads, title):
    """Draw how the time of a training step grows with the batch, and what more threads bring.

    Args:
        batches: {model: {side: {batch size: milliseconds a step}}} of at most two sides.
        threads: {model: {threads: seconds an epoch}}, of scratch alone.
        title: the text above the picture.

    Returns:
        A Figure with a row for each model.
    """
    figure = new_figure(title, 10, 0.7 + 3.4 * len(batches))
    panels = figure.subplots(len(batches), 2, squeeze=False, width_ratios=(3, 2))
    for (left, right), (model, sides) in zip(panels, batches.items(), strict=True):
        batch_panel(left, sides)
        threads_panel(right, threads[model])
        left.set_title(f"{model}: a training step")
        right.set_title(f"{model}: scratch with more threads")
        left.legend(handlelength=4)
    return figure


def batch_panel(axes, sides):
    """Draw milliseconds a step over the size of the batch, both on logarithmic scales."""
    for (name, by_size), line in zip(sides.items(), LINES, strict=False):
        axes.loglog(list(by_size), list(by_size.values()), label=name, **line)
    sizes = list(next(iter(sides.values())))
    axes.xaxis.set_major_locator(FixedLocator(sizes))
    axes.xaxis.set_major_formatter(lambda value, position: f"{value:,.0f}")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(lambda value, position: f"{value:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("Images in a batch")
    axes.set_ylabel("Milliseconds a step")


def threads_panel(axes, by_threads):
    """Draw how many times as fast as the smallest each number of threads is, in figures over the bars."""
    counts, places = list(by_threads), np.arange(len(by_threads))
    gains = by_threads[counts[0]] / np.array(list(by_threads.values()))
    perfect = np.array(counts) / counts[0]
    axes.bar(places, gains, width=0.6, color=PALE, edgecolor=MUTED)
    axes.hlines(perfect, places - 0.38, places + 0.38, color=INK, linestyles=":", linewidth=1.5)
    for place, gain in zip(places, gains, strict=True):
        axes.annotate(measured(gain), (place, gain), (0, -14), textcoords="offset points", ha="center")
    axes.set_xticks(places, map(str, counts))
    axes.set_xlim(-0.7, max(len(counts), 2) - 0.3)
    axes.set_ylim(0, 1.15 * max(perfect[-1], gains.max()))
    axes.grid(axis="x", visible=False)
    axes.set_xlabel("Threads (dotted: n threads, n times as fast)")
    axes.set_ylabel("Times as fast as one thread")
