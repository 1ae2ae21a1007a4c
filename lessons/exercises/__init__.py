"""The exercises: two functions a lesson for the learner to write. `digits check NN` grades them."""
