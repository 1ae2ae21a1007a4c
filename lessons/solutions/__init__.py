"""One way of solving each exercise, which the graders hold a learner's answer against."""
