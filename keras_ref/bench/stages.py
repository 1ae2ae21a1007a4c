"""Where the time of a training step goes, stage by stage, beside this machine's own matrix product."""

import numpy as np

from keras_ref.bench.in_blas import Library as MatrixProduct
from keras_ref.bench.task import BATCH_SIZE, LOSS
from keras_ref.bench.words import new_table, short
from scratch import architectures
from scratch.stage_times import time_stages


def measure(dataset, name, engine, steps):
    """Train the network `name` and return a dict ready for JSON: sgemm's speed, and a list of `stages`.

    Each stage has its `part`, its `milliseconds`, and `gflops` a second and the `share` of sgemm's where it
    has arithmetic worth counting. dataset: a scratch.datasets.Dataset, repeated where it is too small.
    """
    sgemm = MatrixProduct(None, "sgemm").gflops()
    model = architectures.build(name, rng=np.random.default_rng(0))
    model.compile("adam", loss=LOSS, engine=engine)
    images = (steps + 1) * BATCH_SIZE
    x = np.resize(dataset.x_train, (images, *dataset.x_train.shape[1:])) / np.float32(255)
    times = time_stages(model, x, np.resize(dataset.y_train, images), BATCH_SIZE)
    stages = [
        {
            "part": time.part,
            "milliseconds": time.milliseconds,
            "gflops": time.gflops_per_second,
            "share": time.flops and time.gflops_per_second / sgemm,
        }
        for time in times
    ]
    return {"model": name, "engine": engine, "steps": steps, "sgemm_gflops": sgemm, "stages": stages}


def print_stages(report, console):
    """Print the table."""
    title = f"A training step of {report['model']}, engine {report['engine']}, batch {BATCH_SIZE}"
    table = new_table(title, "part", "ms", "GFLOP/s", "share of sgemm's")
    for stage in report["stages"]:
        rates = [short(stage["gflops"]), f"{100 * stage['share']:.3g}%"] if stage["gflops"] else []
        table.add_row(stage["part"], f"{stage['milliseconds']:.3f}", *rates)
    table.add_section()
    total = sum(stage["milliseconds"] for stage in report["stages"])
    table.add_row("all", f"{total:.3f}")
    console.print(table)
    console.print(
        f"Medians of {report['steps']} steps. GFLOP/s count the arithmetic that is needed: where a pool's "
        f"winners are known, only these. sgemm: {short(report['sgemm_gflops'])} GFLOP/s."
    )
