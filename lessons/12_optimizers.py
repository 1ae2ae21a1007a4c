# %% [markdown]
# # Lesson 12: Optimizers
#
# **Goal.** Watch SGD, momentum, Nesterov, RMSprop and Adam walk down a valley that one can see, write each in
# a few lines, race them on digits, fairly, and find a learning rate without trying them all.
#
# **Time:** 40 minutes. **Assumes:** lessons 2, 5 and 9.

# %%
import matplotlib.pyplot as plt
import numpy as np

from lessons.workshop import load, show, size, up_to
from scratch import optimizers
from scratch.batches import Batches
from scratch.layers import Dense, Input
from scratch.models import Sequential

# %% [markdown]
# ## A valley
#
# Near a minimum, every smooth loss looks like a bowl, and most are long: here $\kappa = b / a$ times as steep
# in the weight $w_2$ as in $w_1$.
#
# $$L(w) = \tfrac12 (a\, w_1^2 + b\, w_2^2), \qquad g = \nabla L = (a\, w_1,\; b\, w_2)$$
#
# Gradient descent takes $w \leftarrow w - \eta g$, so each step multiplies $w_1$ by $1 - \eta a$ and $w_2$ by
# $1 - \eta b$. **Predict:** for which learning rates $\eta$ does $w_2$ grow instead of shrink?

# %%
a, b, start = 1.0, 25.0, np.array([-4.0, 1.0])
kappa, slopes = b / a, np.array([a, b])  # the gradient at w is slopes * w


def L(w):
    return (a * w[..., 0] ** 2 + b * w[..., 1] ** 2) / 2


def descend(step, eta, gradient=lambda w: slopes * w, w=start):
    path, s = [w], {"t": 0, "m": 0.0, "v": 0.0}  # s is what the optimizer remembers
    for _ in range(60):
        w = step(w, gradient(w), s, eta)
        path.append(w)
    return np.array(path)  # (61, 2)


def draw(axes, path, title):
    grid = np.stack(np.meshgrid(np.linspace(-4.6, 1.8, 100), np.linspace(-1.5, 1.5, 100)))
    axes.contour(*grid, L(np.moveaxis(grid, 0, 2)), np.geomspace(0.02, 30, 9), colors="#c3cad3")
    axes.plot(0, 0, "*", color="#d55e00", ms=12)
    axes.plot(*path.T, "o-", color="#123f6b", ms=3, lw=1)
    axes.set(title=title, xlabel="$w_1$", ylabel="$w_2$", xlim=(-4.6, 1.8), ylim=(-1.5, 1.5))
    axes.grid(False)


figure, panels = plt.subplots(1, 3, figsize=(10.5, 3), layout="constrained")
for axes, share in zip(panels, (0.3, 1.9, 2.02), strict=True):
    path = descend(lambda w, g, s, eta: w - eta * g, share / b)
    draw(axes, path, f"SGD, η = {share} / b")
    assert np.allclose(path[-1], start * (1 - share * np.array([a / b, 1])) ** 60)
    assert (abs(path[-1, 1]) > start[1]) == (share > 2)
show(figure, "Sixty steps towards the star. Small ones crawl, large ones zigzag; from 2 / b on they diverge.")

# %% [markdown]
# The steep direction forbids a larger $\eta$, and the flat one suffers for it: with $\eta = 1 / b$ the
# distance in $w_1$ shrinks by just $1/\kappa$ of itself a step.
#
# ## Momentum
#
# Let a ball roll (Polyak, 1964): what pulls the same way adds up, what changes sign cancels. Nesterov (1983)
# looks ahead to where the ball is about to be; this is Keras's way to write it (Sutskever et al., ICML 2013).
#
# $$v \leftarrow \mu v - \eta g, \qquad \text{momentum:} \quad w \leftarrow w + v, \qquad
#   \text{Nesterov:} \quad w \leftarrow w + \mu v - \eta g$$
#
# With $\mu = \frac{\sqrt\kappa - 1}{\sqrt\kappa + 1}$, a step of Nesterov's shrinks the distance by about
# $1/\sqrt\kappa$ of itself. **Predict:** how many times fewer steps than SGD does it need here?
#
# ## A step size for each weight
#
# RMSprop divides each entry of $g$ by the root of a running mean of its square (Tieleman and Hinton, 2012);
# Adam does so, too, and takes a running mean of $g$ itself (Kingma and Ba, 2015):
#
# $$\text{RMSprop:} \quad v \leftarrow \rho v + (1 - \rho) g^2, \qquad
#   w \leftarrow w - \frac{\eta\, g}{\sqrt{v + \varepsilon}}$$
#
# $$\text{Adam:} \quad m \leftarrow \beta_1 m + (1 - \beta_1) g, \qquad v \leftarrow \beta_2 v + (1 - \beta_2)
#   g^2, \qquad w \leftarrow w - \eta \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t} \cdot
#   \frac{m}{\sqrt{v} + \varepsilon}$$
#
# $m$ and $v$ start at 0, so at first they are too small; the factor in $t$, the number of the step, mends
# that. **Predict:** how long is Adam's first step, whatever $g$ is? And without the factor?

# %%
mu, rho, beta_1, beta_2, epsilon = (np.sqrt(kappa) - 1) / (np.sqrt(kappa) + 1), 0.9, 0.9, 0.999, 1e-7


def momentum(w, g, s, eta, nesterov=False):
    s["v"] = mu * s["v"] - eta * g
    return w + (mu * s["v"] - eta * g if nesterov else s["v"])


def rmsprop(w, g, s, eta):
    s["v"] = rho * s["v"] + (1 - rho) * g**2
    return w - eta * g / np.sqrt(s["v"] + epsilon)


def adam(w, g, s, eta):
    s["t"] += 1
    s["m"] = beta_1 * s["m"] + (1 - beta_1) * g
    s["v"] = beta_2 * s["v"] + (1 - beta_2) * g**2
    factor = np.sqrt(1 - beta_2 ** s["t"]) / (1 - beta_1 ** s["t"])
    return w - eta * factor * s["m"] / (np.sqrt(s["v"]) + epsilon)


race = {  # our step, its learning rate here, the project's class
    "SGD": (lambda w, g, s, eta: w - eta * g, 1 / b, optimizers.SGD),
    "momentum": (momentum, 1 / b, lambda eta: optimizers.SGD(eta, mu)),
    "Nesterov": (lambda *args: momentum(*args, True), 1 / b, lambda eta: optimizers.SGD(eta, mu, True)),
    "RMSprop": (rmsprop, 0.2, optimizers.RMSprop),
    "Adam": (adam, 0.4, optimizers.Adam),
}
paths = {name: descend(step, eta) for name, (step, eta, _) in race.items()}
styles = dict(zip(race, ("-", "--", "-.", ":", (0, (4, 1, 1, 1, 1, 1))), strict=True))
figure, panels = plt.subplots(2, 3, figsize=(10.5, 5.8), layout="constrained")
for axes, (name, path) in zip(panels.flat, paths.items(), strict=False):
    draw(axes, path, f"{name}, η = {race[name][1]:g}")
    panels[1, 2].semilogy(np.maximum(L(path), 1e-12), ls=styles[name], lw=2, label=name)
    w, optimizer = start.copy(), race[name][2](race[name][1])
    for expected in path[1:]:
        optimizer.apply([slopes * w], [w])
        assert np.allclose(w, expected, rtol=1e-9, atol=1e-12), "the project's class takes the same step"
panels[1, 2].set(title="the loss of all five", xlabel="step", ylabel="L (log scale)", ylim=(1e-16, 99))
panels[1, 2].legend(fontsize=8, ncols=2)
show(figure, "RMSprop and Adam start along the diagonal: at first, both weights move by about η a step.")
needed = {name: int((L(path) > L(start) / 100).sum()) for name, path in paths.items()}
print(f"steps until the loss is a hundredth: {needed}")
assert needed["SGD"] > 3 * max(needed["momentum"], needed["Nesterov"])
first, longer = paths["Adam"][1] - start, (1 - beta_1) / np.sqrt(1 - beta_2)
print(f"Adam's first step: {first.round(4)}; without the factor {longer:.2f} times as long")
assert np.allclose(abs(first), race["Adam"][1], rtol=1e-5), "eta, in each weight"
assert L(paths["RMSprop"])[-1] > 1e6 * L(paths["RMSprop"]).min()

# %% [markdown]
# RMSprop does not come to rest: where $g$ is nearly 0, so is $v$ soon, and the next steps are long again.
# That is why learning rates are lowered towards the end (`scratch.schedules`).
#
# ## What each is blind to
#
# **Predict:** multiply the loss by 100, or turn the valley by 45 degrees: whose path stays, SGD's or Adam's?

# %%
R, moved = np.array([[1, -1], [1, 1]]) / np.sqrt(2), {}  # R turns by 45 degrees: w = R u
for name in ("SGD", "Adam"):
    step, eta, _ = race[name]
    scaled = descend(step, eta, lambda w: 100 * slopes * w)
    turned = descend(step, eta, lambda u: slopes * (u @ R.T) @ R, start @ R) @ R.T
    unit, axis = moved[name] = [float(abs(path - paths[name]).max()) for path in (scaled, turned)]
    print(f"{name}: 100 L moves the path by {unit:.0e}, turning it by {axis:.0e}")
assert moved["SGD"][0] > 1e6 > 1e-9 > moved["SGD"][1], "SGD depends on the loss's unit, not on the axes"
assert moved["Adam"][0] < 1e-3 < 0.5 < moved["Adam"][1], "Adam on the axes, not on the unit"

# %% [markdown]
# So Adam is easy to tune, and does not notice a gradient that was summed, not averaged: no. 14 of lesson 13.
#
# ## On digits, fairly
#
# Lesson 5's hidden layer, two epochs, the same first weights and batches. To compare optimizers at one
# learning rate is to compare learning rates: each gets a choice of its own (Choi et al., arXiv:1910.05446).
#
# **Predict:** how far apart are the best learning rates of SGD and Adam? How far the accuracies they lead to?

# %%
data, n, held_out = load(), up_to(10_000, 1_000), up_to(5_000, 400)
x = data.x_train[: n + held_out].reshape(n + held_out, -1) / np.float32(255)
y = data.y_train[: n + held_out].astype(int)
batches = Batches(x[:n], y[:n], batch_size=up_to(100, 20))


def network(name, eta):
    layers = [Dense(100, activation="relu"), Dense(10, activation="softmax")]
    model = Sequential([Input(x.shape[1:]), *layers], rng=np.random.default_rng(12))
    model.compile(race[name][2](eta), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def trained(name, eta):
    model = network(name, eta)
    model.fit(batches, epochs=2, verbose=0)
    return model.evaluate(x[n:], y[n:], 500, verbose=0)  # loss and accuracy on the images held out


rates = np.logspace(-4, 0.5, 10)[:: size(1, 2)]
results = {name: np.array([trained(name, eta) for eta in rates]) for name in race}
best = {name: r[:, 0].argmin() for name, r in results.items()}
figure, axes = plt.subplots(figsize=(9, 4), layout="constrained")
for marker, name in zip("os^vD", race, strict=True):
    axes.loglog(rates, np.minimum(results[name][:, 0], 4), ls=styles[name], marker=marker, lw=2, label=name)
    print(f"{name:>8}: best η {rates[best[name]]:.0e}: loss, accuracy {results[name][best[name]].round(3)}")
axes.set(title="Each optimizer at each rate", xlabel="learning rate η", ylabel="loss held out (at most 4)")
axes.legend(ncols=2)
show(figure, "Curves of one shape, each in a place of its own: too slow, good, and over the cliff.")
same = np.ptp([r[abs(rates - 1e-3).argmin(), 1] for r in results.values()])
own = np.ptp([r[best[name], 1] for name, r in results.items()])
print(f"accuracies lie {100 * same:.1f} points apart at η = 0.001, {100 * own:.1f} where each has its own η")
assert same > 3 * own
assert rates[best["SGD"]] > 5 * rates[best["Adam"]], "a step of Adam's is longer at the same rate"

# %% [markdown]
# ## A learning rate without trying them all
#
# Smith ("Cyclical learning rates", WACV 2017): raise $\eta$ a little with every batch, and watch the loss. It
# turns up at the cliff. A rule of thumb: take a tenth of the $\eta$ where the smoothed loss is lowest.

# %%
etas = np.geomspace(1e-5, 10, 100)
figure, panels = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True, layout="constrained")
for axes, name in zip(panels, ("SGD", "Adam"), strict=True):
    model, mean, smoothed = network(name, etas[0]), 0.0, []
    for t, eta in enumerate(etas):
        model.optimizer.learning_rate = eta
        mean = 0.9 * mean + 0.1 * model.train_on_batch(*batches.batch(*divmod(t, len(batches))))
        smoothed.append(mean / (1 - 0.9 ** (t + 1)))  # the mean began at 0: corrected as Adam's
        if smoothed[-1] > 2 * min(smoothed):
            break
    found, searched = etas[np.argmin(smoothed)] / 10, rates[best[name]]
    axes.semilogx(etas[: len(smoothed)], smoothed, lw=2.5)
    axes.axvline(found, color="#d55e00", ls="--", label=f"found: {found:.0e}")
    axes.axvline(searched, color="#009e73", ls=":", lw=3, label=f"searched: {searched:.0e}")
    axes.set(title=f"{name}: the loss while η rises", xlabel="η (log scale)", ylabel="loss, smoothed")
    axes.legend(loc="lower left")
    print(f"{name}: {found:.0e} by one run of {len(smoothed)} batches, {searched:.0e} by the search")
    assert 1 / 30 < found / searched < 30, "a place to start from"
show(figure, "One short run instead of a search: a place to start from.")

# %% [markdown]
# ## To remember
#
# 1. The steepest direction limits $\eta$; momentum needs about $\sqrt\kappa$ steps where SGD needs $\kappa$.
# 2. RMSprop and Adam take steps of about $\eta$ in each weight, whatever the unit of the loss.
# 3. Tune $\eta$ first, for each optimizer by itself; a run with rising $\eta$ tells where to look.
#
# ## Exercises
#
# In `lessons/exercises/12_optimizers.py`; `digits check 12` grades them:
#
# 1. `momentum_step`: the new $w$ and $v$.
# 2. `adam_step`: the new $w$, $m$ and $v$, with the factor in $t$.
#
# **Next:** lesson 13, a museum of networks that learned in spite of their bugs.
