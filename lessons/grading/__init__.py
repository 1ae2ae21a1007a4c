"""Grading: is an exercise solved, and if not, what is the likely mistake?

    from lessons.grading.process import grade

    outcome = grade(7, "my/07_convolution_backwards.py")      # runs the file in a process of its own

How it works: `lessonNN` has the two Exercises of a lesson (see `exercise`): the cases that a function is
tried on, how its gradient is checked and how Keras is asked, and the mistakes that people make, each as an
edit of the solution. `sources` reads the learner's file, the solutions, and solutions with a mistake in them;
`steps` grades one function, in order: signature, shape, dtype, values, gradient, Keras; `comparing` tells how
an answer differs from the right one, `diagnosis` which mistake answers the same, `words` shows a case.
`child` is the process that runs the learner's code, `process` waits for it; `printing` keeps what the code
prints. `progress` keeps what has been solved; `handout` writes the exercises without the solutions.
"""
