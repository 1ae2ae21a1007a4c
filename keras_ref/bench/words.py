"""A report of `digits bench` as tables and sentences."""

from rich.table import Table
from rich.text import Text

from keras_ref.bench.contender import LABELS

NAMES = {
    "train_epoch": "Training, s an epoch",
    "predict_10k": "10,000 images, ms",
    "predict_one": "One image, µs",
    "predict_one_by_predict": "One, Keras's predict, µs",
    "start": "Start to first step, s",
    "peak_memory": "Peak memory, MB",
}
PACKAGES = {
    "numpy": "NumPy",
    "numba": "Numba",
    "tensorflow": "TensorFlow",
    "keras": "Keras",
    "torch": "PyTorch",
    "jax": "JAX",
}


def print_report(report, console):
    """Print all tables of a report, and what there is to say on them."""
    for name, part in report["models"].items():
        head = f"Model {name}, engine {report['engine']}, batch {report['batch_size']}, float32"
        console.print(figures_table(head, part))
        console.print(step_table(part["peak"]))
        console.print(growth_table(part["growth"]["batch_size"]["medians"]))
        console.print(Text(threads_sentence(part["growth"]["threads"]) + "\n"))
    for sentence in notes(report):
        console.print(Text(sentence))


def new_table(title, *columns):
    """Return a rich Table with a title and columns of numbers behind the first, which is text."""
    table = Table(title=Text(title, "bold"), title_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", no_wrap=True)
    return table


def figures_table(title, part):
    """Return the rich Table of one network's medians, spreads and ratios."""
    table = new_table(title, "", "median", "lowest - highest", "ratio", "to best")
    for what, medians in part["medians"].items():
        table.add_section()
        table.add_row(Text(NAMES[what], "bold"))
        for name, median in medians.items():
            beside = [part[key][what].get(name) for key in ("ratios", "ratios_to_fastest")]
            low, high = part["spread"][what][name]
            cells = [f"  {LABELS[name]}", short(median), f"{short(low)} - {short(high)}"]
            table.add_row(*cells, *("" if ratio is None else times(ratio) for ratio in beside))
    return table


def step_table(peak):
    """Return the rich Table of what a training step comes to beside this machine's matrix product."""
    needed, sgemm = f"{peak['gflop_a_step']:.2f}", short(peak["sgemm_gflops"])
    title = f"A training step: {needed} GFLOP; sgemm: {sgemm} GFLOP/s"
    table = new_table(title, "", "ms a step", "GFLOP/s", "share of sgemm's")
    for name, rate in peak["gflops"].items():
        milliseconds = 1000 * peak["gflop_a_step"] / rate
        table.add_row(LABELS[name], short(milliseconds), short(rate), f"{100 * peak['share'][name]:.3g}%")
    return table


def growth_table(medians):
    """Return the rich Table of milliseconds a training step by the size of the batch."""
    table = new_table("Milliseconds a training step", "batch size", *map(LABELS.get, medians))
    for size in next(iter(medians.values())):
        table.add_row(size, *(short(by_size[size]) for by_size in medians.values()))
    return table


def threads_sentence(growth):
    """Return what more threads bring."""
    (one, *_), (_, *more) = growth["medians"].values(), growth["times_as_fast_as_one"].items()
    if not more:
        return f"One thread: {short(one)} s an epoch."
    gains = (f"{times(gain)} as fast on {threads} threads" for threads, gain in more)
    return f"Beside one thread ({short(one)} s an epoch), scratch is {', '.join(gains)}."


def notes(report):
    """Yield sentences that say what the figures are, and what they were measured on."""
    models, rounds = report["models"], counted(report["rounds"], "interleaved round")
    yield (
        f"Medians of {rounds}, {counted(report['steps'], 'training step')} each, every contestant in a "
        f"process of its own, on {surroundings(report)}."
    )
    yield (
        f"Data: {report['title']}{', repeated to the size of MNIST' * report['repeated_to_size_of_mnist']}. "
        "An epoch is 60,000 images; start and memory are those of a new process that trains on all of them, "
        "with warm caches."
    )
    if any(part < 1 for model in models.values() for part in model["part_of_the_work"].values()):
        yield "The reference engine is measured on a tenth of the work, and its figures are scaled up."
    if report["ratios"]["train_epoch"]:
        yield (
            "A ratio is the other's median over scratch's median, and beside it the other's best round over "
            "scratch's median: above 1, scratch is better."
        )
    for name, model in models.items():
        yield from setting_notes(name, model)
    if report["not_installed"]:
        missing = ", ".join(LABELS[name] for name in report["not_installed"])
        yield f"Not installed, so not measured: {missing}."
    if "peak_memory" not in report["medians"]:
        yield "Peak memory is not measured on this platform."


def surroundings(report):
    """Return the processor, the threads and the versions, as the end of a sentence."""
    machine = report["environment"]
    threads = counted(report["threads"] or machine["threads"], "thread")
    versions = ", ".join(f"{title} {machine[key]}" for key, title in PACKAGES.items() if key in machine)
    return f"{machine['processor']}, {threads}; Python {machine['python']}, {versions}"


def setting_notes(model_name, model):
    """Return which settings of each contestant were the fastest."""
    for name, chosen in model["settings"].items():
        sentence = (
            f"{LABELS[name]} on {model_name}: {chosen['train_epoch']} was the fastest in training, "
            f"{chosen['predict_10k']} in prediction"
        )
        failed = model["failed_settings"].get(name)
        yield sentence + (f"; {', '.join(failed)} failed here." if failed else ".")


def short(number):
    """Return a number with three digits, and all those before the point: 0.0123, 1.23, 12.3, 1,234."""
    return f"{number:,.0f}" if number >= 99.95 else f"{number:#.3g}"


def counted(number, noun):
    """Return "1 thread" or "2 threads"."""
    return f"{number} {noun}{'s' * (number != 1)}"


def times(ratio):
    """Return a ratio as text: 0.95x, 1.23x, 12.3x, 123x."""
    return f"{ratio:.2f}x" if ratio < 1 else f"{short(ratio)}x"
