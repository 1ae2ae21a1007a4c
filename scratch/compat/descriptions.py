"""A network out of the JSON that describes it, without weights: keras.models.model_from_json."""

from scratch.layers import Input
from scratch.models import Sequential
from scratch.saving import building, chain, configs
from scratch.saving.saved_model import named


def network_of(text):
    """Return a Sequential with new weights. Raises FileFormatError for what is no network's description."""
    with named("model_from_json:"):
        described = chain.read_chain(configs.parse(text, "a description"))
        notes = []
        layers = [building.canonical(layer) for layer in described.layers]
        model = Sequential([Input(building.checked_shape(described.input_shape, notes))], name=described.name)
        for layer, (class_name, config) in zip(described.layers, layers, strict=True):
            made = building.make_layer(layer, class_name, config, notes)
            made.name, made.trainable = building.free_name(layer, model), layer.trainable
            model.add(made)
    return model
