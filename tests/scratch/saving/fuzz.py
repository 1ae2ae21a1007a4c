"""Files changed at random, thousands of each: whatever the file, there is a model or a FileFormatError.

    python -m tests.scratch.saving.fuzz [--cases 3000] [--seed 0] [--only NAME] [--keep FOLDER]

Changed are the honest files of every dialect and those of every attack. The reading process is the real one
(scratch.saving.child under its limits), but for how it begins, see tests.scratch.saving.readers. Case number
N of a file is the same in every run with the same seed; a case that goes wrong is kept in a folder.
"""

import argparse
import io
import os
import sys
import tempfile
import time
import warnings
import zipfile
import zlib
from collections import Counter
from pathlib import Path

import numpy as np

from scratch import console
from scratch.errors import FileFormatError
from scratch.progress import watch
from scratch.saving import building, sandbox, saved_model
from tests.scratch.saving import attacks, dialects
from tests.scratch.saving.readers import Forked, Pool

LONGEST = 5.0  # seconds for one file
LARGEST = 1 << 20  # bytes; what is larger would be copied most of the time
FEW_VALUES = 1 << 22  # of all layers for one image: then the model is asked, too


FORKS = hasattr(os, "fork")
pool = Pool(LARGEST)


# Changes


def change(content, rng, donors):
    """Return a file's bytes, changed at random; for an archive, half of the time a member of it."""
    if content[:2] == b"PK" and rng.random() < 0.5:
        changed = change_member(content, rng, donors)
        if changed is not None:
            return changed
    content = bytearray(content)
    for _ in range(rng.integers(1, 4)):
        rng.choice(CHANGES)(content, rng, donors)
    return bytes(content)


def change_member(content, rng, donors):
    """Return an archive with one member changed and its checksum right; None for one that can't be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {info.filename: archive.read(info) for info in archive.infolist()[:50]}
    except Exception:
        return None
    if not members or sum(map(len, members.values())) > LARGEST:
        return None
    name = str(rng.choice(sorted(members)))
    members[name] = change(members[name], rng, donors)
    return dialects.archive(members)


def somewhere(content, rng, length=1):
    """Return a place in the bytes that has `length` bytes after it, more often near the beginning."""
    last = max(1, len(content) - length + 1)
    return int(last * rng.random() ** rng.choice([1, 3]))


def flip_bits(content, rng, donors):
    for _ in range(int(rng.integers(1, 17))):
        if content:
            content[somewhere(content, rng) % len(content)] ^= 1 << int(rng.integers(8))


def set_bytes(content, rng, donors):
    for _ in range(int(rng.integers(1, 9))):
        if content:
            content[somewhere(content, rng) % len(content)] = int(rng.choice([0, 1, 127, 128, 254, 255]))


def set_number(content, rng, donors):
    width = int(rng.choice([2, 4, 8]))
    number = int(rng.choice([0, 1, 2, 255, 1 << 15, 1 << 31, (1 << 32) - 1, 1 << 40, (1 << 62)]))
    number = (1 << (8 * width)) - 1 if rng.random() < 0.3 else number % (1 << (8 * width))
    at = somewhere(content, rng, width)
    content[at : at + width] = number.to_bytes(width, "little")


def cut_off(content, rng, donors):
    del content[somewhere(content, rng) :]


def cut_out(content, rng, donors):
    at = somewhere(content, rng)
    del content[at : at + int(rng.integers(1, 600))]


def zero_run(content, rng, donors):
    length = int(rng.integers(1, 600))
    at = somewhere(content, rng, length)
    content[at : at + length] = bytes(min(length, len(content) - at))


def splice(content, rng, donors):
    donor = donors[int(rng.integers(len(donors)))] if rng.random() < 0.3 else bytes(content)
    length = int(rng.integers(1, 2000))
    source = somewhere(donor, rng, length)
    at = somewhere(content, rng, length)
    end = at + (length if rng.random() < 0.7 else 0)
    content[at:end] = donor[source : source + length]


CHANGES = [flip_bits, set_bytes, set_number, cut_off, cut_out, zero_run, splice]


# Cases


def sources(only=""):
    """Return {name: bytes} of all files that are changed and whose names hold `only`."""
    makers = dialects.DIALECTS | {name: attack.make for name, attack in attacks.ATTACKS.items()}
    made = {name: make() for name, make in makers.items() if only in name}
    return {name: content for name, content in made.items() if len(content) <= LARGEST}


def one_case(path, start):
    """Return what became of a file: "model", "weights", or "refused". Raises what nobody should see.

    start: see sandbox.read.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            saved = saved_model.read(path, start)
            if saved.chain is None:
                saved.stored_weights()
                return "weights"
            model = building.build_model(saved, engine="reference")
        except FileFormatError as error:
            message = str(error)
            assert message.startswith(str(path)), message
            assert "\n" not in message, message
            return "refused"
        shapes = [model.input_shape, *(layer.output_shape for layer in model.layers)]
        if sum(int(np.prod(shape)) for shape in shapes) < FEW_VALUES:
            with np.errstate(all="ignore"):
                model(np.zeros((1, *model.input_shape), np.float32))
        return "model"


def judge(path):
    """Return what became of a file, and what went wrong or None.

    What the pool's child makes of it counts unless that ended, or anything went wrong: then a clean process
    has the last word.
    """
    if FORKS:
        outcome, problem = timed(path, pool.start)
        if problem is None and not pool.broken:
            return outcome, None
    clean = Forked if FORKS else sandbox.start_process
    for _ in range(3):  # a file that is slow is slow again; a machine that stood still is not
        outcome, problem = timed(path, clean)
        if outcome == "failed" or problem is None:
            break
    return outcome, problem


def timed(path, start):
    """Return what became of a file, and what went wrong or None: also that it took too long."""
    began = time.monotonic()
    try:
        outcome = one_case(path, start)
    except Exception as error:
        return "failed", f"{type(error).__name__}: {error}"
    seconds = time.monotonic() - began
    return outcome, f"took {seconds:.1f} s" if seconds > LONGEST else None


def fuzz_file(name, content, donors, cases, seed, folder, keep):
    """Try a file's cases; return a Counter of what became of them, and a list of what went wrong."""
    outcomes, wrong = Counter(), []
    for case in range(cases):
        rng = np.random.default_rng([seed, zlib.crc32(name.encode()), case])
        path = folder / "case.h5"
        path.write_bytes(change(content, rng, donors))
        outcome, problem = judge(path)
        outcomes[outcome] += 1
        if problem:
            keep.mkdir(parents=True, exist_ok=True)
            kept = keep / f"{name}-{case}"
            kept.write_bytes(path.read_bytes())
            wrong.append(f"{kept}: {problem}")
    return outcomes, wrong


def main(arguments=None):
    """Run; return 1 where anything went wrong, else 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.scratch.saving.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=3000, help="changed files of each file (default: 3000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="names that hold this alone")
    parser.add_argument("--keep", type=Path, default=Path("out/fuzz"), help="where cases that fail are kept")
    options = parser.parse_args(arguments)
    files = sources(options.only)
    donors, outcomes, wrong = [dialects.content(name) for name in dialects.DIALECTS], Counter(), []
    with tempfile.TemporaryDirectory() as folder:
        for name in watch(list(files), f"{len(files)} files, {options.cases} cases each", show=True):
            more, problems = fuzz_file(
                name, files[name], donors, options.cases, options.seed, Path(folder), options.keep
            )
            outcomes += more
            wrong += problems
            for problem in problems:
                console.err.print(problem, markup=False, soft_wrap=True)
    pool.end()
    said = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(outcomes.items()))
    console.out.print(f"{len(files)} files, {options.cases:,} cases each: {said}, {len(wrong)} went wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
