"""What a script may ask of a Sequential: its members, and its methods' arguments with their defaults."""

COMPILE = {
    "optimizer": "rmsprop",
    "loss": None,
    "loss_weights": None,
    "metrics": None,
    "weighted_metrics": None,
    "run_eagerly": False,
    "steps_per_execution": 1,
    "jit_compile": "auto",
    "auto_scale_loss": True,
}
FIT = {
    "x": None,
    "y": None,
    "batch_size": None,
    "epochs": 1,
    "verbose": "auto",
    "callbacks": None,
    "validation_split": 0.0,
    "validation_data": None,
    "shuffle": True,
    "class_weight": None,
    "sample_weight": None,
    "initial_epoch": 0,
    "steps_per_epoch": None,
    "validation_steps": None,
    "validation_batch_size": None,
    "validation_freq": 1,
}
EVALUATE = {
    "x": None,
    "y": None,
    "batch_size": None,
    "verbose": "auto",
    "sample_weight": None,
    "steps": None,
    "callbacks": None,
    "return_dict": False,
}
PREDICT = {"x": None, "batch_size": None, "verbose": "auto", "steps": None, "callbacks": None}
SUMMARY = {
    "line_length": None,
    "positions": None,
    "print_fn": None,
    "expand_nested": False,
    "show_trainable": False,
    "layer_range": None,
}
# How batches are made in the background, which is not done here
BACKGROUND = {"max_queue_size": 10, "workers": 1, "use_multiprocessing": False}
SAVE = {"filepath": None, "overwrite": True, "zipped": None, "include_optimizer": True, "save_format": None}
WHOLE = (".keras", ".h5", ".hdf5")  # the files that hold whole models
# What a script may ask of a model, beside what it calls private
MEMBERS = """
    add build built call compile count_params evaluate evaluate_generator fit fit_generator get_config
    get_layer get_weights history input_shape layers load_weights loss metrics metrics_names name
    optimizer output_shape pop predict predict_classes predict_generator predict_on_batch predict_proba
    reset_metrics save save_weights set_weights stop_training summary test_on_batch to_json train_on_batch
    trainable trainable_variables trainable_weights variables weights
"""
MEMBERS = MEMBERS.split()
OLDER = {"nb_epoch": "epochs", "generator": "x", "samples_per_epoch": "steps_per_epoch", "data": "x"}
