"""The process that runs the learner's code, so that whatever it does, it does not do it to us.

Its standard output carries lines of JSON, one an event: what is being looked at ("step"), a Verdict
("verdict"), an error of the whole file ("file"), and in the end "done". What the learner's code prints is
kept apart. Where a step takes too long, a watchdog thread writes where the code is, as faulthandler does
it, and ends the process; a crash is written down in the same way.
"""

import contextlib
import faulthandler
import json
import os
import sys

from lessons.grading import printing, sources, steps
from lessons.grading.exercise import exercises
from lessons.grading.verdict import PASSED

MEMORY = 4 * 2**30  # bytes; a list that grows without end would take all there is
KERAS_SECONDS = 180  # TensorFlow may have to be read from a slow disk


class Child:
    """Grades one file. channel: where events go, a binary file; seconds: the time limit of a step."""

    def __init__(self, channel, seconds):
        self.channel, self.seconds = channel, seconds

    def tell(self, event, **facts):
        """Send an event."""
        self.channel.write(json.dumps({"event": event, **facts}).encode() + b"\n")
        self.channel.flush()

    def step(self, what, seconds=None):
        """Say what is being done now, and give it a time limit."""
        self.tell("step", what=what)
        seconds = seconds or self.seconds
        faulthandler.dump_traceback_later(seconds, exit=True, file=self.channel)

    def grade(self, number, path, part, keras):
        """Grade the functions of lesson `number` in the file at `path`."""
        self.step("the file")
        module = self.loaded(path)
        if module is None:
            return
        solved = []
        for exercise in exercises(number)[slice(part and part - 1, part)]:
            self.step(exercise.function)
            verdict = steps.grade(number, exercise, module, tell=self.tell_verdict)
            if verdict.state == PASSED and exercise.keras and keras:
                self.compare_with_keras(exercise, module, verdict)
            self.tell_verdict(verdict)
            if verdict.state != PASSED:
                break
            solved.append((exercise, verdict))
        for exercise, verdict in solved:
            self.step(f"the speed of {exercise.function}")
            steps.time_it(number, exercise, getattr(module, exercise.function), verdict)
            self.tell_verdict(verdict)
        faulthandler.cancel_dump_traceback_later()
        self.tell("done")

    def compare_with_keras(self, exercise, module, verdict):
        """Ask Keras, too, and write into the Verdict what it says."""
        self.step(f"{exercise.function}, compared with Keras", KERAS_SECONDS)
        limit_memory(None)  # TensorFlow reserves more than it uses
        steps.grade_by_keras(exercise, getattr(module, exercise.function), verdict)

    def tell_verdict(self, verdict):
        """Send a Verdict."""
        self.tell("verdict", verdict=verdict.as_dict())

    def loaded(self, path):
        """Return the learner's module; send an event and return None where it can't be imported."""
        source = sources.read(path)
        try:
            return sources.module_of(source, path)
        except SyntaxError as error:
            line = error.lineno if error.filename == str(path) else None
            self.tell("file", sentence=f"{type(error).__name__}: {error.msg}", line=line)
        except (Exception, SystemExit, GeneratorExit) as error:
            sentence, line = steps.blame(error, str(path))
            self.tell("file", sentence=sentence, line=line)
        return None


def limit_memory(most):
    """Hold this process to `most` bytes, None for as many as there are, where the system can do that."""
    try:
        import resource
    except ImportError:  # Windows
        return
    with contextlib.suppress(AttributeError, ValueError, OSError):
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (hard if most is None else most, hard))


def main(number, path, part, keras, seconds):
    """Grade; events go to what was standard output."""
    channel = os.fdopen(os.dup(1), "wb", buffering=0)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    faulthandler.enable(channel)
    printing.catch()
    limit_memory(MEMORY)
    sys.path.append(os.path.dirname(os.path.abspath(path)))  # for helpers of the learner's own
    child = Child(channel, seconds)
    try:
        child.grade(number, path, part, keras)
    except Exception as error:  # of ours: those of the learner's code are caught where they can come from
        child.tell("our fault", error=f"{type(error).__name__}: {error}")
    channel.flush()
    os._exit(0)  # whatever the learner's code has left running ends here


if __name__ == "__main__":
    arguments = json.loads(sys.argv[1])
    main(**arguments)
