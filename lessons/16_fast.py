# %% [markdown]
# # Lesson 16: Fast
#
# **Goal.** Make one convolution faster, step by step, without changing what it computes; find out what bounds
# each part of a training step; and put Keras beside the result.
#
# **Time:** 35 minutes. **Assumes:** lessons 6, 8 and 9.

# %%
import time
from concurrent.futures import ThreadPoolExecutor
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import numpy as np

from keras_ref.bench import task
from keras_ref.bench.processes import Process
from lessons.workshop import load, show, size
from scratch import architectures, fast, ladder
from scratch.figures import speed_ladder
from scratch.reference import conv2d_forward
from scratch.stage_times import time_stages
from scratch.windows import extract_windows

data = load()
rng = np.random.default_rng(16)
N, H, W, C, F, KH, KW = 128, 13, 13, size(32, 8), size(64, 16), 3, 3  # the second convolution of "cnn"
x = rng.random((N, H, W, C), dtype=np.float32)
w = 0.1 * rng.standard_normal((KH, KW, C, F), dtype=np.float32)
b = 0.1 * rng.standard_normal(F, dtype=np.float32)

# %% [markdown]
# ## Measure first
#
# The first call is not counted: it compiles, and it fills the caches. Of the others we take the fastest:
# whatever else your computer does can only make a call slower. In this lesson no speed is asserted, since it
# is your machine's affair; what *is* asserted is that all that we time computes the same.


# %%
def seconds(work, *arguments):
    """Return the shortest time of a call."""
    work(*arguments)
    times = []
    while len(times) < 4 or sum(times) < size(0.3, 0.02):
        start = time.perf_counter()
        work(*arguments)
        times.append(time.perf_counter() - start)
    return min(times)


# %% [markdown]
# ## A convolution is a matrix product
#
# Lay every window out as a row of a matrix $P$, and every filter as a column of a matrix $W$. Then *all*
# windows times *all* filters are one product, and decades of work have gone into making that fast. It is
# called *im2col* (Chellapilla et al., 2006):
#
# $$Z = P\, W + b, \qquad P \in \mathbb{R}^{N O_H O_W \times K_H K_W C}, \quad W \in \mathbb{R}^{K_H K_W C
#   \times F}$$
#
# **Predict:** each pixel is copied into every window that sees it. How many times as large as $x$ is $P$?

# %%
windows = extract_windows(x, (KH, KW), (1, 1), "valid")  # (N, OH, OW, KH, KW, C): a view, nothing is copied
OH, OW = windows.shape[1:3]
P = windows.reshape(N * OH * OW, KH * KW * C)  # here everything is
Z = P @ w.reshape(KH * KW * C, F) + b
print(f"P is {P.shape}: {P.size / x.size:.1f} times as many numbers as in x")
assert np.allclose(Z.reshape(N, OH, OW, F), conv2d_forward(x, w, b)[0], atol=1e-4)
assert P.size / x.size < KH * KW, (
    "fewer than one copy for each weight: pixels at the edge are in fewer windows"
)

# %% [markdown]
# ## Five rungs
#
# `scratch/ladder.py` computes convolution, ReLU and 2x2 pooling five times. Read it beside this table.
#
# | rung | what it adds |
# |---|---|
# | loops in Python | the formula itself; each number is an object that Python makes and forgets |
# | loops in Numba | the same loops, compiled: a product is an instruction or two |
# | im2col + BLAS | one matrix product, blocked so that it works in registers and caches, on all cores |
# | parallel | our own kernel: no copies, filters side by side in vector registers, images shared out |
# | fused | sums that stay in registers, and only what the pool lets through is ever written |
#
# **Predict:** how much faster than Python's loops is each: 10 times, 100, 1,000, 10,000?

# %%
expected = ladder.python_loops(x[:1], w, b)
microseconds = {}  # for one image
for name, rung in ladder.RUNGS.items():
    difference = abs(rung(x[:1], w, b) - expected).max()
    assert difference <= ladder.tolerance(x[:1], w, b), f"{name} computes something else"
    images = x[: {"loops in Python": 1, "loops in Numba": 16}.get(name, N)]
    microseconds[name] = 1e6 * seconds(rung, images, w, b) / len(images)
    print(f"{name:>15}: {microseconds[name]:12,.1f} microseconds; it differs by {difference:.0e}")
title = f"One convolution ({H}x{W}x{C}, {F} filters), ReLU and pooling, five times"
show(speed_ladder(microseconds, title), "Five functions, one result. The scale is logarithmic.")

# %% [markdown]
# ## The roofline: is it the arithmetic, or the memory?
#
# A processor does at most $R_{\max}$ operations a second, and memory hands over $\beta$ bytes a second. What
# does $\alpha$ operations for each byte that it reads or writes, its *arithmetic intensity*, reaches at most
#
# $$R = \min(R_{\max},\; \beta \alpha)$$
#
# operations a second (Williams, Waterman and Patterson, "Roofline", CACM 2009). Take a $D \times D$ matrix of
# float32 times $n$ vectors: the matrix is read once, however many vectors there are, so
#
# $$\alpha = \frac{2 n D^2}{4\,(D^2 + n D + n D)} = \frac{n / 2}{1 + 2 n / D}$$
#
# **Predict:** how much longer than one vector do 16 take? (This is why we train in batches.)

# %%
D, length = size(4096, 512), size(2**24, 2**20)
A, here, there = rng.random((D, D), np.float32), np.ones(length, np.float32), np.zeros(length, np.float32)
spent = seconds(lambda: np.maximum(here, 0, out=there))
works = {"ReLU": (length, 2 * here.nbytes, spent)}  # operations, bytes, seconds
for n in (1, 16, 256):
    V = rng.random((D, n), np.float32)
    works[f"matrix x {n}"] = 2 * n * D**2, A.nbytes + 2 * V.nbytes, seconds(np.matmul, A, V)
    alpha = works[f"matrix x {n}"][0] / works[f"matrix x {n}"][1]
    assert np.isclose(alpha, (n / 2) / (1 + 2 * n / D))
y, _ = fast.conv_relu_pool_forward(x, w, b)
operations = 2 * 4 * y.size * KH * KW * C  # a product and a sum for each weight, at the pool's four pixels
spent = seconds(fast.conv_relu_pool_forward, x, w, b)
works["convolution"] = operations, x.nbytes + w.nbytes + y.nbytes, spent

with ThreadPoolExecutor(2) as pool:  # two threads, half of the numbers each
    halves = np.split(there, 2), np.split(here, 2)
    beta = 2 * here.nbytes / seconds(lambda: list(pool.map(np.copyto, *halves)))
assert (there == here).all()
S = rng.random((size(1024, 256), size(1024, 256)), np.float32)
R_max = max(2 * len(S) ** 3 / seconds(np.matmul, S, S), *(work[0] / work[2] for work in works.values()))
print(f"R_max = {R_max / 1e9:.0f} Gflop/s, beta = {beta / 1e9:.1f} GB/s: the bend is at {R_max / beta:.0f}")

figure, axes = plt.subplots(figsize=(8.5, 4.2), layout="constrained")
span = np.geomspace(0.06, 300, 200)
axes.loglog(span, np.minimum(R_max, beta * span) / 1e9, color="#5b6775", lw=2.5, label="min(R_max, βα)")
for (name, (operations, moved, spent)), marker in zip(works.items(), "vosD^", strict=True):
    alpha, R = operations / moved, operations / spent
    axes.plot(alpha, R / 1e9, marker, markersize=10, ls="", label=f"{name}: {1000 * spent:.3g} ms")
    print(f"{name:>12}: {alpha:6.2f} operations a byte, {R / 1e9:6.1f} Gflop/s, {1000 * spent:.2f} ms")
ratio = works["matrix x 16"][2] / works["matrix x 1"][2]
print(f"16 vectors take {ratio:.1f} times as long as one, with 16 times as many operations")
axes.set(title="What this machine allows, and what is reached", ylabel="Gflop/s (log scale)")
axes.set_xlabel("α: operations for each byte read or written (log scale)")
axes.legend(loc="lower right")
show(
    figure,
    "Left of the bend memory decides, right of it arithmetic. Caches can lift a point above the slope.",
)

# %% [markdown]
# ## Where a training step's time goes
#
# First, that the fast engine takes the same step as the textbook: same weights, same images. Then each stage
# by itself. It pays to know the largest part: if a share $q$ of the time becomes $s$ times as fast, the whole
# becomes, by Amdahl's law (1967),
#
# $$\frac{1}{(1 - q) + q / s} \le \frac{1}{1 - q}$$
#
# times as fast. **Predict:** which part of the "cnn" takes the most time? And if it took none?

# %%
n, images = size(16, 4), size(40, 3) * 128
x_train = np.resize(data.x_train, (images, 28, 28, 1)) / np.float32(255)  # repeated where there are too few
y_train = np.resize(data.y_train, images).astype(int)
losses = {}
for engine in ("reference", "fast"):
    model = architectures.build("cnn", rng=np.random.default_rng(0))
    model.compile("adam", loss="sparse_categorical_crossentropy", engine=engine)
    losses[engine] = [model.train_on_batch(x_train[:n], y_train[:n]) for _step in range(3)]
    print(f"{engine:>9}: {', '.join(f'{loss:.6f}' for loss in losses[engine])}")
assert np.allclose(losses["fast"], losses["reference"], rtol=1e-4), "float32, summed in another order"

stages = time_stages(model, x_train, y_train)
milliseconds = np.array([stage.milliseconds for stage in stages])
q = milliseconds.max() / milliseconds.sum()
print(f"a step: {milliseconds.sum():.2f} ms; '{stages[milliseconds.argmax()].part}' takes {q:.0%} of it")
print(f"were that part 2 times as fast, the step would be {1 / ((1 - q) + q / 2):.2f} times as fast;"
      f" without it, {1 / (1 - q):.2f} times")  # fmt: skip
figure, axes = plt.subplots(figsize=(8.5, 3.8), layout="constrained")
axes.barh([stage.part for stage in stages], milliseconds, color="#56b4e9")
rates = [f"{each.gflops_per_second:.0f} Gflop/s" if each.flops else "" for each in stages]
axes.bar_label(axes.containers[0], rates, padding=4, fontsize=8)
axes.set(title="One training step of 128 images", xlabel="milliseconds (median)")
axes.invert_yaxis()
axes.margins(x=0.15)
show(figure, "Where it hurts is where to work. Gflop/s are given where there is arithmetic worth counting.")

# %% [markdown]
# ## Keras beside it
#
# Two programs that share a processor disturb each other. So each gets a process of its own, both get the same
# weights and images, and they take turns.
#
# **Predict:** which of the two is faster here, and by how much?

# %%
steps, rounds, taken = size(60, 3), size(3, 1), {"fast": [], "keras": []}
with TemporaryDirectory() as folder:
    task.write_images(folder, data)
    task.write_weights(folder, architectures.build("cnn", rng=np.random.default_rng(0)))
    both = {}
    for name in taken:
        both[name] = Process(name, name=name, folder=folder, model="cnn", images=steps * 128)
    try:
        before_after = [each.measure("prepare", setting="default") for each in both.values()]
        for _round in range(rounds):
            for name, process in both.items():
                taken[name].append(process.measure("train", setting="default", steps=steps))
    finally:
        for process in both.values():
            process.close()
print(f"the first batch's loss, before a step and after it: {np.round(before_after, 6).tolist()}")
assert np.allclose(*before_after, atol=1e-4), "not the same network"
ours, keras = (float(np.median(each)) for each in taken.values())
print(f"a step of 128 images: {ours:.2f} ms from scratch, {keras:.2f} ms in Keras, {keras / ours:.2f} times")

# %% [markdown]
# This is one setting of Keras, a few rounds, your machine. `digits bench` is more careful: it tries several
# settings and gives Keras its fastest, waits for quiet, and draws the spread.
#
# ## To remember
#
# 1. First right, then fast: every rung is checked against the one that can be read.
# 2. Count operations and bytes before you tune: they say what can be won, and where.
# 3. Measure without the first call, several times, rivals in turns, and the whole as well as the part.
#
# ## Exercises
#
# In `lessons/exercises/16_fast.py`; `digits check 16` grades them:
#
# 1. `im2col`: $P$ of any images, without `extract_windows`.
# 2. `arithmetic_intensity`: that of a dense layer, for a batch of any size.
#
# **Next:** where to go from here. Make a kernel faster (CONTRIBUTING.md says how, `digits bench --ladder`
# whether it is), add a layer, try Fashion-MNIST (`--data`), or read Goodfellow, Bengio and Courville, *Deep
# Learning* (2016): you have built what its chapters on feedforward and convolutional networks describe.
