"""Every exercise: the stub is not written yet, the solution passes, and each mistake is told by name."""

import ast
import doctest
import json

import numpy as np
import pytest

from lessons.catalogue import lessons
from lessons.grading import sources, steps
from lessons.grading.exercise import PER_LESSON, TOLERANCE, exercises
from lessons.grading.verdict import FAILED, NOT_WRITTEN, PASSED
from tests.lessons.right_answers import RIGHT_ANSWERS
from tests.lessons.wrong_answers import NOT_TO_BE_SAID, WRONG_ANSWERS

NUMBERS = list(sources.stubs())
EVERY = [(number, each) for number in NUMBERS for each in exercises(number)]
MISTAKES = [(number, each, mistake) for number, each in EVERY for mistake in each.mistakes]


def ids(rows):
    return [" ".join(getattr(part, "function", "") or str(part)[:40] for part in row) for row in rows]


def graded(number, exercise, text):
    return steps.grade(number, exercise, sources.module_of(text, "mine.py"))


@pytest.mark.parametrize("number", NUMBERS)
def test_a_lesson_has_two_exercises_in_the_order_of_its_stubs(number):
    names = [each.function for each in exercises(number)]
    assert len(names) == PER_LESSON
    for text in (sources.read(sources.stub(number)), sources.solution_text(number)):
        functions = [node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
        assert functions == names


@pytest.mark.parametrize("lesson", lessons(), ids=lambda lesson: lesson.name)
def test_a_lesson_names_its_exercises(lesson):
    assert sources.stub(lesson.number).stem == lesson.name
    text = lesson.path.read_text("utf-8")
    part = text.partition("## Exercise")[2]
    assert f"lessons/exercises/{lesson.name}.py" in part
    assert f"digits check {lesson.number}`" in part
    for each in exercises(lesson.number):
        assert f"`{each.function}" in part


@pytest.mark.parametrize(("number", "exercise"), EVERY, ids=ids(EVERY))
def test_the_stub_is_not_written_yet(number, exercise):
    verdict = graded(number, exercise, sources.read(sources.stub(number)))
    assert (verdict.state, verdict.sentence) == (NOT_WRITTEN, "not written yet")
    assert "raise NotImplementedError" in sources.read(sources.stub(number)).splitlines()[verdict.line - 1]


@pytest.mark.parametrize(("number", "exercise"), EVERY, ids=ids(EVERY))
def test_the_solution_passes(number, exercise):
    verdict = graded(number, exercise, sources.solution_text(number))
    assert verdict.state == PASSED, verdict
    assert ("gradient" in verdict.passed) == bool(exercise.gradient)


@pytest.mark.parametrize(("number", "exercise"), EVERY, ids=ids(EVERY))
def test_stub_and_solution_take_the_same_arguments(number, exercise):
    def arguments(text):
        nodes = {node.name: node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
        return ast.dump(nodes[exercise.function].args)

    assert arguments(sources.read(sources.stub(number))) == arguments(sources.solution_text(number))


@pytest.mark.parametrize(("number", "exercise"), EVERY, ids=ids(EVERY))
def test_the_stub_has_an_example_that_holds_and_a_hint(number, exercise):
    stub = getattr(sources.module_of(sources.read(sources.stub(number)), "mine.py"), exercise.function)
    assert "Hint. " in stub.__doc__
    solved = sources.module_of(sources.solution_text(number), "mine.py").__dict__
    test = doctest.DocTestParser().get_doctest(stub.__doc__, dict(solved), exercise.function, None, 0)
    assert test.examples
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(test)
    assert runner.summarize(verbose=False).failed == 0


def test_every_exercise_knows_three_mistakes_at_least():
    assert {each.function: len(each.mistakes) for _, each in EVERY if len(each.mistakes) < 3} == {}


@pytest.mark.slow
@pytest.mark.parametrize(("number", "exercise", "mistake"), MISTAKES, ids=ids(MISTAKES))
def test_each_mistake_is_told_by_name(number, exercise, mistake):
    verdict = graded(number, exercise, sources.mistaken_text(number, exercise.function, mistake))
    assert verdict.state == FAILED
    assert verdict.likely == mistake.says
    assert verdict.shown


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "function", "text", "says"), WRONG_ANSWERS, ids=[f"{a[1]} {a[3]}"[:60] for a in WRONG_ANSWERS]
)
def test_mistakes_are_told_however_they_are_written(number, function, text, says):
    """Answers written in other words than the solution, as a person would write them."""
    (exercise,) = [each for each in exercises(number) if each.function == function]
    verdict = graded(number, exercise, f"import numpy as np\n\n{text}")
    assert verdict.state == FAILED
    assert says in (verdict.likely or verdict.sentence)


@pytest.mark.parametrize(
    ("number", "function", "text", "says"), NOT_TO_BE_SAID, ids=[a[1] for a in NOT_TO_BE_SAID]
)
def test_nobody_is_accused_of_a_mistake_that_is_not_theirs(number, function, text, says):
    (exercise,) = [each for each in exercises(number) if each.function == function]
    verdict = graded(number, exercise, f"import numpy as np\n\n{text}")
    assert verdict.state == FAILED
    assert says not in (verdict.likely or "")


@pytest.mark.slow
@pytest.mark.parametrize(("number", "function", "text"), RIGHT_ANSWERS, ids=[a[1] for a in RIGHT_ANSWERS])
def test_other_right_answers_pass(number, function, text):
    (exercise,) = [each for each in exercises(number) if each.function == function]
    verdict = graded(number, exercise, f"import numpy as np\n\n{text}")
    assert verdict.state == PASSED, f"{verdict.sentence} {verdict.shown}"


ODD = (
    "None",
    "'text'",
    "{}",
    "[[1.0], [2.0, 3.0]]",
    "True",
    "1j",
    "float('nan')",
    "(None, None, None)",
    "(1.0, 2.0)",
    "(1.0, 2.0, 3.0)",
    "np.zeros(0)",
    "np.array(None)",
    "np.array(['a'])",
    "np.array([1j])",
    "(i for i in range(3))",
    "[np.zeros(2), 'text']",
)


@pytest.mark.slow
@pytest.mark.parametrize(("number", "exercise"), EVERY, ids=ids(EVERY))
def test_whatever_is_returned_there_is_a_sentence_on_it(number, exercise):
    for value in ODD:
        text = f"import numpy as np\n\ndef {exercise.function}(*arguments, **options):\n    return {value}"
        verdict = graded(number, exercise, text)
        assert verdict.state == FAILED, value
        assert verdict.sentence, value
        assert json.dumps(verdict.as_dict())


@pytest.mark.keras
@pytest.mark.parametrize(("number", "exercise"), EVERY, ids=ids(EVERY))
def test_keras_agrees_with_the_solution(number, exercise, keras):
    if exercise.keras is None:
        pytest.skip("Keras has nothing like it")
    for what, received, expected in exercise.keras(sources.solution(number, exercise.function), keras):
        np.testing.assert_allclose(
            received, expected, rtol=TOLERANCE["float32"], atol=TOLERANCE["float32"], err_msg=what
        )
