"""The parts of `digits bench`: processes that answer, contestants that compute the same, ratios."""

import io
import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from keras_ref.bench import contender, coordinator, growth, report, task, work, worker
from keras_ref.bench.processes import THREADS, Process, environment
from scratch import architectures, datasets
from scratch.errors import DigitsError

IMAGES = 256
ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's /proc")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the offline digits and the weights of both networks."""
    path = tmp_path_factory.mktemp("bench")
    task.write_images(path, datasets.load("digits"))
    for name in architectures.ARCHITECTURES:
        task.write_weights(path, architectures.build(name, rng=np.random.default_rng(0)))
    return path


def arguments(folder, name="reference", model="small"):
    return {"name": name, "folder": str(folder), "model": model, "images": IMAGES}


@pytest.mark.slow
class TestProcess:
    def test_answers_until_it_is_closed(self, folder):
        with Process("the textbook", **arguments(folder)) as process:
            assert process.ask("settings") == ["default"]
            assert process.measure("train", setting="default", steps=1) > 0
        assert process.process.poll() is not None

    def test_a_process_that_is_killed(self, folder):
        with Process("the textbook", **arguments(folder)) as process:
            process.ask("settings")
            process.process.kill()
            with pytest.raises(DigitsError, match=r"measures the textbook ended with status \S+ when asked"):
                process.ask("train", setting="default", steps=1)

    def test_a_process_that_fails_says_why(self, folder):
        with Process("the textbook", **arguments(folder)) as process:
            with pytest.raises(DigitsError, match=r"status 1 .*; it said last: .*no attribute 'sing'"):
                process.ask("sing")
            with pytest.raises(DigitsError, match="ended with status 1"):
                process.ask("settings")

    def test_an_error_that_is_meant_to_be_read(self, folder):
        expected = pytest.raises(DigitsError, match=r"^nobody: there is no contestant 'nobody': expected")
        with Process("nobody", **arguments(folder, "nobody")) as process, expected:
            process.ask("settings")

    def test_threads_are_limited_for_everybody(self):
        limited = environment(1)
        assert {limited[name] for name in THREADS} == {"1"}
        assert Path(limited["PYTHONPATH"].split(os.pathsep)[0], "keras_ref").is_dir()

    @ON_LINUX
    @pytest.mark.compiled
    def test_who_has_had_his_turn_leaves_the_processor_alone(self, folder):
        with Process("scratch", **arguments(folder, "fast")) as process:
            process.measure("train", setting="default", steps=2)
            before = processor_seconds(process.process.pid)
            time.sleep(0.5)
            # a hundredth of a second is the clock's resolution
            assert processor_seconds(process.process.pid) - before <= 0.02


def processor_seconds(pid):
    """The processor time that all of a process's threads have used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class TestWorker:
    def test_what_it_measures(self, folder):
        one = worker.Worker(**arguments(folder))
        before, after = one.prepare("default")
        assert after < before
        assert one.train("default", steps=2, batch_size=3) > 0
        assert one.predict("default", images=20) > 0
        assert one.predict_one() > 0
        assert abs(one.first_step() - time.time()) < 60
        assert sys.platform == "win32" or one.peak_memory(steps=1) > 10

    def test_a_setting_that_does_not_work_is_left_out_unless_it_is_the_default(self, folder):
        one = worker.Worker(**arguments(folder))

        def broken(*_):
            raise RuntimeError("no compiler")

        one.contestant.settings, one.contestant.train = ("default", "compiled"), broken
        assert one.prepare("compiled") is None
        with pytest.raises(RuntimeError, match="no compiler"):
            one.prepare("default")

    def test_what_is_printed_is_no_answer(self, folder):
        """Requests and answers go by lines, and an error that is meant to be read is an answer."""

        class Singer:
            def sing(self, song):
                if not song:
                    raise DigitsError("expected a song")
                return song.upper()

        requests = [{"what": "sing", "song": "la"}, {"what": "sing", "song": ""}]
        answers = io.StringIO()
        worker.serve(Singer, [json.dumps(request) + "\n" for request in requests], answers)
        lines = [json.loads(line) for line in answers.getvalue().splitlines()]
        assert lines == [{"result": "LA"}, {"error": "expected a song"}]


class TestPeers:
    """Each contestant computes what the textbook does, in all its settings; who is missing is skipped."""

    @pytest.mark.parametrize("model", architectures.ARCHITECTURES)
    @pytest.mark.parametrize(
        ("name", "package"),
        [
            pytest.param("fast", "numba", marks=pytest.mark.compiled),
            pytest.param("torch", "torch", marks=pytest.mark.slow),
            pytest.param("jax", "jax", marks=pytest.mark.slow),
        ],
    )
    def test_the_same_loss_before_and_after_a_step(self, folder, name, package, model):
        pytest.importorskip(package)
        expected = worker.Worker(**arguments(folder, model=model)).prepare("default")
        with Process(name, **arguments(folder, name, model)) as process:
            for setting in process.ask("settings"):
                received = process.ask("prepare", setting=setting)
                coordinator.check_same(name, setting, received, expected)
                assert process.ask("train", setting=setting, steps=2, batch_size=16) > 0
                assert process.ask("predict", setting=setting, images=130) > 0
            assert process.ask("predict_one") > 0

    @ON_LINUX
    @pytest.mark.slow
    def test_jax_uses_as_many_threads_as_it_is_told(self, folder):
        pytest.importorskip("jax")
        with Process("jax", threads=1, **arguments(folder, "jax")) as process:
            process.ask("settings")
            assert len(os.sched_getaffinity(process.process.pid)) == 1


def test_who_computes_something_else_is_not_timed():
    same = [2.3, 2.0]
    coordinator.check_same("Keras", "default", [2.30005, 1.99995], same)
    different = ([2.31, 2.0], "before training"), ([2.3, 2.0002], "after a step"), ([float("nan"), 2], "")
    for received, when in different:
        with pytest.raises(DigitsError, match=rf"Keras \(default\) can't be timed, .* {when}"):
            coordinator.check_same("Keras", "default", received, same)


def test_the_fastest_setting_is_chosen_by_medians():
    figures = {"steady": [5, 5, 5, 5], "lucky": [5, 1, 9, 9], "slow": [11]}
    asked = []

    def measure(setting, amount):
        asked.append((setting, amount))
        return figures[setting].pop(0)

    assert contender.fastest(list(figures), 5, measure, 20, 100) == "steady"
    assert asked.count(("slow", 20)) == 1
    assert ("slow", 100) not in asked
    assert len(asked) == 3 + 2 * contender.TRIAL_ROUNDS


def test_the_arithmetic_of_a_training_step():
    """As one would count it by hand: multiplications and additions, forward, and twice that backward."""
    first, second = 2 * 26 * 26 * 3 * 3 * 1 * 32, 2 * 11 * 11 * 3 * 3 * 32 * 64
    dense = 2 * (5 * 5 * 64 * 128 + 128 * 10)
    model = architectures.build("cnn")
    assert work.forward_flop(model) == first + second + dense
    assert work.training_flop(model) == 3 * (first + second + dense) - first


def test_the_numbers_of_threads():
    assert [growth.thread_counts(most) for most in (1, 2, 6, 8)] == [[1], [1, 2], [1, 2, 4, 6], [1, 2, 4, 8]]


def test_a_report_follows_from_its_figures():
    sides = [contender_like("scratch"), contender_like("keras", ["default", "jit"], failed=["jit"])]
    figures = {
        "train_epoch": {"scratch": [2, 3, 1], "keras": [6, 5, 9]},
        "predict_one": {"scratch": [50, 40, 60], "keras": [3000, 2000, 4000]},
        "predict_one_by_predict": {"keras": [5e4, 4e4, 6e4]},
    }
    by_batch = {"scratch": {1: [1, 3, 2]}, "keras": {1: [4, 4, 4]}}
    model = architectures.build("small")
    part = report.of_model(model, sides, figures, [100, 300, 200], by_batch, {1: [4, 4], 2: [2, 2]})
    assert part["medians"]["train_epoch"] == {"scratch": 2, "keras": 6}
    assert part["spread"]["train_epoch"] == {"scratch": [1, 3], "keras": [5, 9]}
    assert part["ratios"]["train_epoch"] == {"keras": 3}
    assert part["ratios_to_fastest"]["train_epoch"] == {"keras": 2.5}
    assert part["ratios"]["predict_one_by_predict"] == {"keras": 1000}
    assert part["growth"]["batch_size"]["medians"] == {"scratch": {"1": 2}, "keras": {"1": 4}}
    assert part["growth"]["threads"]["medians"] == {"1": 4, "2": 2}
    assert part["growth"]["threads"]["times_as_fast_as_one"] == {"1": 1, "2": 2}
    assert part["settings"] == {"keras": {"train_epoch": "default"}}
    assert part["failed_settings"] == {"keras": ["jit"]}
    flop = work.training_flop(model) * 60_000
    assert part["peak"]["gflops"]["scratch"] == pytest.approx(flop / 2 / 1e9)
    assert part["peak"]["share"]["scratch"] == pytest.approx(flop / 2 / 200e9)
    whole = report.whole({"data": "digits"}, {"small": part})
    assert whole["ratios"] == whole["models"]["small"]["ratios"]


def contender_like(name, settings=("default",), failed=()):
    class Like:
        part, chosen = 1, {"train_epoch": "default"}

    like = Like()
    like.name, like.settings, like.failed = name, list(settings), list(failed)
    return like
