"""cosmic-ray on the compiled kernels, which mutmut passes over: a sample of its mutants, run as plain Python.

Where a mutant may be made is ranked by a hash of the line and of the place in it, and those with the lowest
hashes are taken, each file's share by its size. So an edit changes the sample where it was made, and the rest
of survivors.toml stays true. cosmic-ray finds the places and makes the changes; trial.py runs the tests.
"""

import hashlib
import json
import os
import random
import warnings
from collections import defaultdict
from importlib import import_module

from scratch.errors import DigitsError
from tests.mutants import trial
from tests.mutants.mutant import FOLDER, ROOT, SURVIVED, Mutant, changed_lines, functions, numbered

SIZE, LEAST, SEED = 100, 2, 0  # mutants in all, and of a file at least
RESULTS = FOLDER / "kernels.json"
SMALL, FUSED, WORK, OTHERS, TILES, ALL = (
    f"tests/scratch/test_{name}.py"
    for name in ("fast_small", "fused_small", "fast_work", "fast_others", "tiles", "fast")
)
# For each file the tests that notice its mutants soonest, and are quick as plain Python.
TESTS = {
    "scratch/fast/__init__.py": [f"{ALL}::test_the_same_names_and_signatures_as_the_reference"],
    "scratch/fast/average_pool2d.py": [f"{SMALL}::TestAveragePooling", WORK],
    "scratch/fast/batch_norm.py": [
        f"{SMALL}::TestBatchNorm",
        f"{OTHERS}::test_need_dx_false_spares_dx",
        WORK,
    ],
    "scratch/fast/buffers.py": [f"{SMALL}::TestBuffers", f"{FUSED}::TestFused", f"{ALL}::TestBuffers"],
    "scratch/fast/conv2d.py": [f"{SMALL}::TestConvolution", WORK],
    "scratch/fast/conv_relu_pool/__init__.py": [f"{FUSED}::TestFused"],
    "scratch/fast/conv_relu_pool/backward.py": [f"{FUSED}::TestFused", WORK],
    "scratch/fast/conv_relu_pool/forward.py": [f"{FUSED}::TestFused", WORK],
    "scratch/fast/dense.py": [f"{SMALL}::TestDense", WORK],
    "scratch/fast/jit.py": [f"{SMALL}::TestCompilation", f"{SMALL}::TestConvolution"],
    "scratch/fast/max_pool2d.py": [f"{SMALL}::TestMaxPooling", WORK],
    "scratch/fast/optimizers.py": [
        f"{SMALL}::TestOptimizers",
        WORK,
        f"{ALL}::test_optimizers_in_one_pass",
        f"{ALL}::test_there_is_no_kernel_for_rare_options",
    ],
    "scratch/fast/relu.py": [f"{SMALL}::TestReLU"],
    "scratch/fast/tiles/__init__.py": [TILES],
    "scratch/fast/tiles/meaning.py": [TILES, f"{FUSED}::TestFused", f"{SMALL}::TestDense"],
    "scratch/fused.py": [f"{FUSED}::TestFusedLayer", f"{ALL}::TestFused", "-k", "put_in or shares or Layer"],
}
# What only writes instructions is never run without the JIT: tests/scratch/test_tiles.py compares what it
# writes with what meaning.py says.
NOT_TRIED = "scratch/fast/tiles/instructions.py"
# Without the JIT a kernel's decorator does nothing, and its removal can't be noticed. Bits of a float are an
# error in Python, which any test notices: such mutants would only flatter. And equal whole numbers as
# small as the sizes in the tests are the same object in CPython.
LEFT_OUT = "RemoveDecorator", "_Eq_Is", "_NotEq_IsNot", "_BitAnd", "_BitOr", "_BitXor", "_LShift", "_RShift"
LARGE = "numpy", "numba", "h5py", "hypothesis", "pytest", "rich.progress"


def rank(*parts):
    """Return a number that is decided by the parts: the same on every machine, and otherwise random."""
    return hashlib.sha256(repr((SEED, *parts)).encode()).hexdigest()


def operators():
    """Return cosmic-ray's operators, {name: operator}, but those that need arguments or are left out."""
    from cosmic_ray import plugins

    classes = {name: plugins.get_operator(name) for name in plugins.operator_names()}
    return {n: c() for n, c in classes.items() if not (n.endswith(LEFT_OUT) or c.arguments())}


def places(file):
    """Return where the file may be changed, [(rank, [(operator's name, occurrence)])], lowest rank first."""
    from cosmic_ray.ast import ast_nodes, get_ast

    source = (ROOT / file).read_text("utf-8")
    lines, nodes = source.splitlines(), list(ast_nodes(get_ast(source)))
    found = defaultdict(list)
    for name, operator in operators().items():
        occurrences = ((at, end) for node in nodes for at, end in operator.mutation_positions(node))
        for occurrence, (start, _) in enumerate(occurrences):
            found[start].append((name, occurrence))
    spans, seen, ranked = functions(source), defaultdict(int), []
    for (line, column), changes in sorted(found.items()):
        text = lines[line - 1]
        what = file, innermost(spans, line), text.strip(), column - (len(text) - len(text.lstrip()))
        seen[what] += 1
        ranked.append((rank(*what, seen[what]), changes))
    return sorted(ranked)


def innermost(spans, line):
    """Return the name of the shortest function that has the line."""
    return min((b - a, name) for name, (a, b) in spans.items() if a <= line <= b)[1]


def make(file, name, occurrence):
    """Return the file's text with one change, or None where that is no Python."""
    from cosmic_ray.mutating import mutate_code

    text = mutate_code((ROOT / file).read_text("utf-8"), operators()[name], occurrence)
    try:
        with warnings.catch_warnings(action="ignore"):  # such as that `is not` is odd with a number
            compile(text, file, "exec")
    except SyntaxError:
        return None
    return text


def shares(sizes, total=SIZE):
    """Return how many mutants each file gives, in proportion to its places, but at least LEAST."""
    given = {file: min(LEAST, size) for file, size in sizes.items()}
    while sum(given.values()) < min(total, sum(sizes.values())):
        open_ones = [file for file in sizes if given[file] < sizes[file]]
        given[max(open_ones, key=lambda file: sizes[file] / (given[file] + 1))] += 1
    return given


def sample():
    """Return the mutants and their texts, a dict."""
    known = {file: places(file) for file in TESTS}
    given = shares({file: len(found) for file, found in known.items()})
    mutants, texts = [], []
    for file, found in known.items():
        source, taken = (ROOT / file).read_text("utf-8"), 0
        spans = functions(source)
        for number, changes in found:
            if taken == given[file]:
                break
            for change in sorted(changes, key=lambda change: rank(number, *change)):
                if text := make(file, *change):
                    same = zip(source.splitlines(), text.splitlines(), strict=False)
                    line = next(i for i, (old, new) in enumerate(same, start=1) if old != new)
                    mutants.append(Mutant(file, innermost(spans, line), *changed_lines(source, text)))
                    texts.append(text)
                    taken += 1
                    break
    return dict(zip(numbered(mutants), texts, strict=True))


def state_of(file):
    """Return a hash of a file: results hold as long as it is the same."""
    return hashlib.sha256((ROOT / file).read_bytes()).hexdigest()


def load():
    """Return the kept results, {mutant: status}, of files that have not changed since."""
    if not RESULTS.is_file():
        return {}
    rows = json.loads(RESULTS.read_text("utf-8"))
    return {
        Mutant(**row["mutant"]): row["status"]
        for row in rows
        if row["state"] == state_of(row["mutant"]["file"])
    }


def save(known):
    """Keep the results."""
    FOLDER.mkdir(exist_ok=True)
    rows = [{"mutant": m.row(), "status": status, "state": state_of(m.file)} for m, status in known.items()]
    RESULTS.write_text(json.dumps(rows, indent=1), "utf-8")


def run(limit, jobs, progress):
    """Try the mutants of the sample that no test has killed yet, at most `limit`, in random order."""
    os.environ["NUMBA_DISABLE_JIT"] = "1"
    for name in LARGE:
        import_module(name)
    known, mutants = load(), sample()
    todo = [m for m in mutants if known.get(m, SURVIVED) == SURVIVED]
    random.Random(SEED).shuffle(todo)
    todo = todo[:limit]
    limits = seconds_allowed({m.file for m in todo}, jobs)
    task = progress.add_task("cosmic-ray", total=len(todo))
    trials = [trial.Trial(m.file, mutants[m], TESTS[m.file], limits[m.file], of=m) for m in todo]
    for ended, status, _ in trial.run(trials, jobs):
        known[ended.of] = status
        save(known)
        progress.advance(task)
        progress.refresh()


def seconds_allowed(files, jobs):
    """Return for each file how long a trial may take: five times the unchanged file's, and five seconds.

    Raises DigitsError where the tests fail without any change.
    """
    trials = [trial.Trial(file, (ROOT / file).read_text("utf-8"), TESTS[file], 300) for file in sorted(files)]
    allowed = {}
    for ended, status, seconds in trial.run(trials, jobs):
        if status != SURVIVED:
            raise DigitsError(f"the tests of {ended.file} fail as it is: {' '.join(ended.tests)}")
        allowed[ended.file] = 5 * seconds + 5
    return allowed


def results():
    """Return what became of the sample's mutants, {mutant: status}; None: not tried."""
    known = load()
    return {mutant: known.get(mutant) for mutant in sample()}
