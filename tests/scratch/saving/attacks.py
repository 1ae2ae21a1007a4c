"""Files made to do harm: one function each, which returns a file's bytes. None of them is kept as a file.

`ATTACKS` maps a name to an Attack: how its bytes are made, and words of the sentence that refuses it. Some of
them name TRAP, a file outside that must not be looked at: its contents must not show up anywhere.
"""

import functools
import io
import json
import os
import pickle
import struct
import zipfile
import zlib
from dataclasses import dataclass

import h5py
import numpy as np

from tests.scratch.saving import dialects

ATTACKS = {}
TRAP = "/etc/passwd" if os.path.exists("/etc/passwd") else __file__


@dataclass(frozen=True)
class Attack:
    """make: returns the file's bytes. words: what the sentence that refuses it has to say."""

    make: callable
    words: tuple


def attack(*words):
    """Put the function below into ATTACKS, under its name; it is refused with these words."""

    def register(make):
        ATTACKS[make.__name__] = Attack(functools.cache(make), words)
        return make

    return register


# HDF5: what leads out of the file


def legacy_with(change):
    """Return a sound legacy file, changed by change(file), a function of the open h5py.File."""

    def fill(file):
        with h5py.File(io.BytesIO(dialects.content("keras-2.3"))) as source:
            for name, value in source.attrs.items():
                file.attrs[name] = value
            source.copy("model_weights", file)
        change(file)

    return dialects.hdf5(fill)


def replace_kernel(file, make):
    """Put make(group, name) in the place of a kernel."""
    group = file["model_weights/dense/dense"]
    del group["kernel:0"]
    make(group, "kernel:0")


@attack("external link", "kernel:0")
def external_link():
    def make(group, name):
        group[name] = h5py.ExternalLink(TRAP, "/secret")

    return legacy_with(lambda file: replace_kernel(file, make))


@attack("external link", "model_weights")
def external_link_for_all_weights():
    def change(file):
        del file["model_weights"]
        file["model_weights"] = h5py.ExternalLink("other.h5", "/")

    return legacy_with(change)


@attack("soft link", "kernel:0")
def soft_link():
    def make(group, name):
        group[name] = h5py.SoftLink("/model_weights/dense_1/dense_1/kernel:0")

    return legacy_with(lambda file: replace_kernel(file, make))


@attack("soft link", "kernel:0")
def soft_link_to_itself():
    def make(group, name):
        group[name] = h5py.SoftLink("/model_weights/dense/dense/kernel:0")

    return legacy_with(lambda file: replace_kernel(file, make))


@attack("in another file", "kernel:0")
def external_storage():
    def make(group, name):
        group.create_dataset(name, (12, 5), "f4", external=[(TRAP, 0, 240)])

    return legacy_with(lambda file: replace_kernel(file, make))


@attack("virtual dataset", "kernel:0")
def virtual_dataset():
    def make(group, name):
        layout = h5py.VirtualLayout((12, 5), "f4")
        layout[:] = h5py.VirtualSource(TRAP, "secret", (12, 5), "f4")
        group.create_virtual_dataset(name, layout)

    return legacy_with(lambda file: replace_kernel(file, make))


@attack("in two places")
def group_that_holds_itself():
    def change(file):
        file["model_weights/dense/dense/again"] = file["model_weights"]

    return legacy_with(change)


@attack("in two places")
def array_in_two_places():
    def change(file):
        file["model_weights/copy"] = file["model_weights/dense/dense/kernel:0"]

    return legacy_with(change)


@attack("more than 32 deep")
def groups_in_groups():
    return legacy_with(lambda file: file.create_group("/".join(["a"] * 500)))


@attack("more than 5,000 groups")
def very_many_groups():
    def change(file):
        for i in range(5_050):
            file.create_group(f"{i}")

    return legacy_with(change)


# HDF5: what is no array of numbers


def with_kernel(data, **options):
    """Return a legacy file with another kernel."""

    def make(group, name):
        group.create_dataset(name, data=data, **options)

    return legacy_with(lambda file: replace_kernel(file, make))


@attack("no array of numbers", "kernel:0")
def object_references():
    def make(group, name):
        data = group.create_dataset(name, (12, 5), h5py.ref_dtype)
        data[0, 0] = group.file.ref

    return legacy_with(lambda file: replace_kernel(file, make))


@attack("no array of numbers", "kernel:0")
def region_references():
    def make(group, name):
        group.create_dataset(name, (12, 5), h5py.regionref_dtype)

    return legacy_with(lambda file: replace_kernel(file, make))


@attack("no array of numbers", "kernel:0")
def records():
    return with_kernel(np.zeros((12, 5), [("a", "f4"), ("b", "i8")]))


@attack("no array of numbers", "kernel:0")
def texts():
    return with_kernel(np.full((12, 5), "text", object), dtype=h5py.string_dtype())


@attack("no array of numbers", "kernel:0")
def lists_of_any_length():
    return legacy_with(
        lambda file: replace_kernel(
            file, lambda group, name: group.create_dataset(name, (12, 5), h5py.vlen_dtype("f4"))
        )
    )


@attack("no array of numbers", "kernel:0")
def complex_numbers():
    return with_kernel(np.zeros((12, 5), "c8"))


@attack("no array of numbers", "kernel:0")
def yes_and_no():
    return with_kernel(np.zeros((12, 5), bool))


@attack("int32", "expected float32")
def whole_numbers():
    return with_kernel(np.zeros((12, 5), "i4"))


@attack("no shape")
def array_without_a_shape():
    return with_kernel(h5py.Empty("f4"))


@attack("a Datatype", "some_type")
def a_type_among_groups():
    return legacy_with(lambda file: file.__setitem__("some_type", np.dtype("f4")))


@attack("filter 32000", "gzip")
def packed_by_lzf():
    return with_kernel(np.zeros((12, 5), "f4"), compression="lzf")


@attack("filter 6", "gzip")
def packed_by_rounding():
    return with_kernel(np.zeros((12, 5), "i4"), scaleoffset=0)


@attack("filter 5", "gzip")
def packed_by_bits():
    def make(group, name):
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        properties.set_chunk((12, 5))
        properties.set_filter(h5py.h5z.FILTER_NBIT)
        space = h5py.h5s.create_simple((12, 5))
        h5py.h5d.create(group.id, name.encode(), h5py.h5t.NATIVE_FLOAT, space, properties)

    return legacy_with(lambda file: replace_kernel(file, make))


# HDF5: what claims more than there is


@attack("claims an array", "1000000, 1000000")
def array_of_a_trillion():
    def make(group, name):
        group.create_dataset(name, (1_000_000, 1_000_000), "f4")

    return legacy_with(lambda file: replace_kernel(file, make))


@attack("claims an array", "1000000, 1000000")
def chunked_array_of_a_trillion():
    def make(group, name):
        data = group.create_dataset(name, (1_000_000, 1_000_000), "f4", chunks=(1000, 10), compression="gzip")
        data[:10, :10] = 1

    return legacy_with(lambda file: replace_kernel(file, make))


@attack("unpack into", "bytes")
def packed_zeros():
    """200 MB of zeros in 200 KB."""

    def make(group, name):
        data = group.create_dataset(name, (50, 1_000_000), "f4", chunks=(1, 1_000_000), compression="gzip")
        packed = zlib.compress(bytes(4_000_000), 9)
        for row in range(50):
            data.id.write_direct_chunk((row, 0), packed)

    return legacy_with(lambda file: replace_kernel(file, make))


@attack("bytes of arrays", "in all")
def arrays_over_the_same_bytes():
    """100 arrays of 1 MB each, all of them at the same place of a file of 1 MB."""
    nowhere = b"\xff" * 8

    def change(file):
        group = file.create_group("same")
        group["first"] = np.zeros(1 << 18, "f4")
        for i in range(100):
            space, properties = h5py.h5s.create_simple((1 << 18,)), h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            properties.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
            properties.set_alloc_time(h5py.h5d.ALLOC_TIME_LATE)
            h5py.h5d.create(group.id, f"{i}".encode(), h5py.h5t.NATIVE_FLOAT, space, properties)
        file.flush()
        change.address = group["first"].id.get_offset()

    content = legacy_with(change)
    claimed = struct.pack("<Q", 4 << 18)
    return content.replace(nowhere + claimed, struct.pack("<Q", change.address) + claimed)


@attack("expected (12, 5)")
def kernel_of_another_shape():
    return with_kernel(np.zeros((5, 12), "f4"))


@attack("too many axes")
def array_of_many_axes():
    return with_kernel(np.zeros((1,) * 20, "f4"))


# HDF5: attributes


def with_attribute(name, value, place="/"):
    """Return a legacy file with another attribute."""

    def change(file):
        attributes = file[place].attrs
        if name in attributes:
            del attributes[name]
        attributes[name] = value

    return legacy_with(change)


@attack("model_config", "no text")
def config_that_is_a_number():
    return with_attribute("model_config", 7)


@attack("model_config", "no text")
def config_that_is_a_reference():
    def change(file):
        del file.attrs["model_config"]
        file.attrs.create("model_config", file.ref, dtype=h5py.ref_dtype)

    return legacy_with(change)


@attack("damaged", "utf-8")
def config_that_is_no_utf_8():
    return with_attribute("model_config", np.bytes_(b'{"\xff\xfe": 1}'))


@attack("model_config", "2,097,152")
def config_of_many_megabytes():
    """9 MB, that only a text of any length can have."""

    def change(file):
        del file.attrs["model_config"]
        file.attrs["model_config"] = '{"a": "' + "x" * 9_000_000 + '"}'

    return legacy_with(change)


@attack("no JSON")
def config_that_is_no_json():
    return with_attribute("model_config", "{'python': __import__('os')}")


@attack("nested too deeply")
def config_of_lists_in_lists():
    return with_attribute("model_config", "[" * 50_000)


@attack("nested more than 100 deep")
def config_of_dicts_in_dicts():
    return with_attribute("model_config", '{"a":' * 500 + "1" + "}" * 500)


@attack("no JSON")
def config_with_an_endless_number():
    return with_attribute("model_config", '{"a": ' + "9" * 20_000 + "}")


@attack("expected a dict")
def config_that_is_a_list():
    return with_attribute("model_config", "[1, 2]")


@attack("names the weights", "does not hold them")
def weights_named_outside():
    return with_attribute("weight_names", ["../../../x", "dense/bias:0"], "model_weights/dense")


@attack("lacks the list 'weight_names'")
def layers_named_outside():
    names = ["../..", "batch_normalization", "max_pooling2d", "flatten", "dense", "dense_1"]
    return with_attribute("layer_names", names, "model_weights")


@attack("names more arrays of weights than it holds")
def names_upon_names():
    """5,000 times 4,900 names for the same bias, in 100 KB."""

    def change(file):
        root = file["model_weights"]
        root.attrs["layer_names"] = np.array([b"dense" + b"/" * (i % 2) for i in range(5_000)])
        root["dense"].attrs["weight_names"] = np.array([b"dense/bias:0"] * 4_900)

    return legacy_with(change)


@attack("a list 'layer_names' of 100,000 names")
def list_of_names_in_many_parts():
    def change(file):
        attributes = file["model_weights"].attrs
        del attributes["layer_names"]
        for i in range(20):
            attributes[f"layer_names{i}"] = np.array([b"dense"] * 5_000)

    return legacy_with(change)


@attack("0 arrays of weights", "expected 4")
def groups_of_endless_numbers():
    def fill(file):
        file.create_group("layers/conv2d/vars")["0"] = np.zeros((3, 2, 1, 3), "f4")
        file["layers/conv2d/vars/1"] = np.zeros(3, "f4")
        file.create_group(f"layers/dense_{'9' * 6_000}/vars")["0"] = np.zeros((2, 2), "f4")

    return dialects.keras(weights=dialects.hdf5(fill))


# Configs: what they ask for


def config_with(change, dialect=dialects.sequential, style="tf.keras"):
    """Return a legacy file whose config is changed by change(config)."""
    config = dialect(style)
    change(config)
    return dialects.legacy(config)


def layer_with(index, **arguments):
    """Return a legacy file with other arguments of one layer."""
    return config_with(lambda config: config["config"]["layers"][index]["config"].update(arguments))


def layer_instead(index, class_name, **arguments):
    """Return a legacy file with another layer in the place of one."""
    entry = {"class_name": class_name, "config": {"name": "other", **arguments}}
    return config_with(lambda config: config["config"]["layers"].__setitem__(index, entry))


CODE = pickle.dumps(print).hex()


@attack("is a Lambda", "never run")
def lambda_of_keras_2():
    return layer_instead(3, "Lambda", function=[CODE, None, None], function_type="lambda")


@attack("is a Lambda", "never run")
def lambda_of_keras_3():
    config = dialects.sequential_3()
    function = {"class_name": "__lambda__", "config": {"value": CODE, "defaults": None, "closure": None}}
    entry = {"module": "keras.layers", "class_name": "Lambda", "config": {"name": "x", "function": function}}
    config["config"]["layers"].insert(2, entry)
    return dialects.keras(config)


@attack("is a Lambda", "never run")
def lambda_as_an_activation():
    return layer_with(0, activation={"class_name": "__lambda__", "config": {"value": CODE}})


@attack("class of its author's own", "os.system")
def class_from_another_module():
    config = dialects.sequential_3()
    entry = {"module": "os", "class_name": "system", "config": {"command": "true"}, "registered_name": None}
    config["config"]["layers"].insert(1, entry)
    return dialects.keras(config)


@attack("class of its author's own", "Evil>Dense")
def class_that_is_called_like_keras_own():
    config = dialects.sequential_3()
    config["config"]["layers"][-1] |= {"module": "evil.module", "registered_name": "Evil>Dense"}
    return dialects.keras(config)


@attack("'GRU'", "not here", "Conv2D")
def layer_that_is_not_here():
    return layer_instead(3, "GRU", units=4)


@attack("'PReLU'", "not here", "Conv2D")
def layer_with_weights_that_is_not_here():
    return layer_instead(4, "PReLU", shared_axes=[1, 2])


@attack("'mish'", "not here", "relu")
def activation_that_is_not_here():
    return layer_with(0, activation="mish")


@attack("'Subclass'", "expected Sequential")
def model_of_its_own_class():
    return config_with(lambda config: config.update(class_name="Subclass"))


@attack("(12, 1000000000)")
def a_billion_units():
    return layer_with(4, units=1_000_000_000)


@attack("expected (12, 1000")
def units_beyond_all_numbers():
    return layer_with(4, units=10**40)


@attack("cannot be", "units")
def units_below_zero():
    return layer_with(4, units=-5)


@attack("cannot be", "kernel_size")
def sizes_that_are_text():
    return layer_with(0, kernel_size="3x3")


@attack("values for each image")
def images_of_a_trillion_pixels():
    return layer_with(0, batch_input_shape=[None, 1_000_000, 1_000_000, 1])


@attack("values for each image")
def margin_of_a_million():
    return layer_instead(2, "ZeroPadding2D", padding=[[1_000_000, 1], [1_000_000, 1]])


@attack("values for each image")
def window_of_a_million():
    arguments = {"pool_size": [1_000_000, 1_000_000], "strides": [2, 2], "padding": "same"}
    return layer_instead(2, "MaxPooling2D", **arguments)


@attack("values for each image")
def dilation_of_a_million():
    return layer_with(0, padding="same", dilation_rate=[1_000_000, 1_000_000])


@attack("more than 500 layers")
def very_many_layers_in_models():
    def change(config):
        flatten = {"class_name": "Flatten", "config": {"name": "flatten"}}
        inner = {"class_name": "Sequential", "config": {"name": "s", "layers": [flatten] * 100}}
        config["config"]["layers"].extend([inner] * 100)

    return config_with(change)


@attack("layers: expected at most 500")
def very_many_layers():
    flatten = {"class_name": "Flatten", "config": {"name": "flatten"}}
    return config_with(lambda config: config["config"]["layers"].extend([flatten] * 2_000))


@attack("more than 8 deep")
def models_in_models():
    def change(config):
        inner = dict(config)
        for _ in range(20):
            inner = {"class_name": "Sequential", "config": {"name": "s", "layers": [inner]}}
        config.clear()
        config.update(inner)

    return config_with(change)


def functional_with(change):
    """Return a legacy file of a functional model whose layers, a dict by name, are changed."""
    config = {"class_name": "Model", "config": dialects.functional("tf.keras")}
    layers = {layer["name"]: layer for layer in config["config"]["layers"]}
    change(layers, config["config"])
    return dialects.legacy(config)


@attack("no line of layers")
def layers_in_a_ring():
    def change(layers, config):
        layers["conv2d"]["inbound_nodes"] = [[["dense", 0, 0, {}]]]

    return functional_with(change)


@attack("2 inputs")
def layer_with_two_inputs():
    def change(layers, config):
        layers["dense"]["inbound_nodes"] = [[["flatten", 0, 0, {}], ["conv2d", 0, 0, {}]]]

    return functional_with(change)


@attack("used 2 times")
def layer_that_is_used_twice():
    def change(layers, config):
        layers["dense"]["inbound_nodes"] *= 2

    return functional_with(change)


@attack("2 outputs")
def model_with_two_outputs():
    def change(layers, config):
        config["output_layers"].append(["dense", 0, 0])

    return functional_with(change)


@attack("always in training")
def layer_that_is_always_in_training():
    def change(layers, config):
        layers["dense"]["inbound_nodes"] = [[["flatten", 0, 0, {"training": True}]]]

    return functional_with(change)


@attack("expected", "class")
def classes_that_are_lists():
    return config_with(lambda config: config["config"]["layers"][1].update(class_name=["Dense"]))


@attack("expected a list")
def layers_that_are_a_number():
    return config_with(lambda config: config["config"].update(layers=7))


@attack("channels_last")
def channels_first():
    return layer_with(0, data_format="channels_first")


@attack("max_value=6", "not here")
def relu_with_a_ceiling():
    return layer_instead(3, "ReLU", max_value=6.0)


@attack("int8", "not here")
def eight_bits():
    policy = {"class_name": "QuantizedDTypePolicy", "config": {"name": "int8_from_float32"}}
    return layer_with(4, dtype=policy)


# Archives


def archive_with(change, **options):
    """Return a `.keras` archive, its members, a dict, changed by change(members)."""
    members = {}
    with zipfile.ZipFile(io.BytesIO(dialects.content("keras-3"))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    return dialects.archive(members, **options)


@attack("claims 2,147,483,648 bytes")
def archive_that_claims_two_gigabytes():
    return patched(dialects.content("keras-3"), "model.weights.h5", 22, struct.pack("<I", 2 << 30))


@attack("unpack into")
def archive_of_many_zeros():
    """80 MB of zeros in members of 16 MB, each of which would be fine."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("config.json", json.dumps(dialects.sequential_3()))
        for i in range(5):
            archive.writestr(f"assets/{i}", bytes(16 << 20))
    return stream.getvalue()


@attack("config.json", "claims 9,000,000 bytes")
def archive_with_a_huge_config():
    return archive_with(
        lambda members: members.update({"config.json": b" " * 9_000_000}), method=zipfile.ZIP_DEFLATED
    )


@attack("leads out of it")
def archive_member_above():
    return archive_with(lambda members: members.update({"../../escaped": b"x"}))


@attack("leads out of it")
def archive_member_from_the_root():
    return archive_with(lambda members: members.update({"/etc/escaped": b"x"}))


@attack("leads out of it")
def archive_member_on_another_drive():
    return archive_with(lambda members: members.update({"C:\\escaped": b"x"}))


@attack("is a link")
def archive_member_that_is_a_link():
    stream = io.BytesIO(dialects.content("keras-3"))
    with zipfile.ZipFile(stream, "a") as archive:
        link = zipfile.ZipInfo("assets/link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, TRAP)
    return stream.getvalue()


def patched(content, name, offset, value):
    """Return an archive with bytes at an offset of a member's entries, the local and the central one."""
    result = bytearray(content)
    for mark, shift, length in ((b"PK\x03\x04", 0, 30), (b"PK\x01\x02", 2, 46)):
        at = 0
        while (at := content.find(mark, at)) >= 0:
            if content[at + length : at + length + len(name)] == name.encode():
                result[at + shift + offset : at + shift + offset + len(value)] = value
            at += 1
    return bytes(result)


@attack("encrypted")
def archive_member_that_is_encrypted():
    return patched(dialects.content("keras-3"), "config.json", 6, b"\x01\x00")


@attack("method 12")
def archive_packed_by_bzip2():
    return archive_with(lambda members: None, method=zipfile.ZIP_BZIP2)


@attack("method 14")
def archive_packed_by_lzma():
    return archive_with(lambda members: None, method=zipfile.ZIP_LZMA)


@attack("damaged")
def archive_packed_by_nobody():
    return patched(dialects.content("keras-3"), "model.weights.h5", 8, b"\x08\x00")


@attack("twice")
def archive_with_a_member_twice():
    stream = io.BytesIO(dialects.content("keras-3"))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.fp.seek(0, 2)
        info = zipfile.ZipInfo("config.jsoN")
        archive.writestr(info, "{}")
    return stream.getvalue().replace(b"config.jsoN", b"config.json")


@attack("damaged")
def archive_member_larger_than_it_says():
    return patched(dialects.content("keras-3-deflated"), "model.weights.h5", 22, struct.pack("<I", 100))


@attack("not of the size")
def archive_member_smaller_than_it_says():
    return patched(dialects.content("keras-3-deflated"), "model.weights.h5", 22, struct.pack("<I", 1 << 20))


@attack("damaged", "CRC")
def archive_with_a_wrong_checksum():
    return patched(dialects.content("keras-3"), "model.weights.h5", 14, b"\0\0\0\0")


@attack("damaged")
def archive_with_its_end_cut_off():
    return dialects.content("keras-3")[:-200]


@attack("members")
def archive_of_very_many_members():
    return dialects.archive({f"{i}": b"" for i in range(5_100)})


@attack("without weights")
def archive_without_weights():
    return archive_with(lambda members: members.pop("model.weights.h5"))


@attack("no config.json")
def archive_without_a_config():
    return archive_with(lambda members: members.pop("config.json"))


@attack("PyTorch", "never read")
def archive_of_pytorch():
    return dialects.archive({"archive/data.pkl": pickle.dumps(print), "archive/version": b"3"})


@attack("NumPy")
def archive_of_numpy():
    return dialects.npz()


def npz_with(**arrays):
    """Return a `.keras` archive with weights in an npz."""
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return dialects.keras(weights=stream.getvalue(), name="model.weights.npz")


@attack("pickled", "never read")
def pickled_weights():
    return npz_with(**{"layers/conv2d/vars": np.array({"0": print}, object)})


@attack("claims an array", "1000000000000")
def npz_of_a_trillion():
    header = io.BytesIO()
    description = {"descr": "<f4", "fortran_order": False, "shape": (10**12,)}
    np.lib.format.write_array_header_1_0(header, description)
    weights = dialects.archive({"layers/conv2d/vars/0.npy": header.getvalue() + bytes(100)})
    return dialects.keras(weights=weights, name="model.weights.npz")


@attack("damaged")
def npz_whose_header_is_code():
    text = b"{'descr': __import__('os').system('true'), 'fortran_order': False, 'shape': ()}\n"
    member = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text
    weights = dialects.archive({"layers/conv2d/vars/0.npy": member})
    return dialects.keras(weights=weights, name="model.weights.npz")


@attack("damaged")
def archive_whose_weights_are_text():
    return dialects.keras(weights=b"not HDF5 at all" * 100)


# Damage


@attack("damaged")
def hdf5_cut_in_half():
    content = dialects.content("keras-2.3")
    return content[: len(content) // 2]


@attack("damaged")
def hdf5_signature_and_no_more():
    return b"\x89HDF\r\n\x1a\n" + b"\0" * 100


@attack("damaged")
def hdf5_full_of_ones():
    return dialects.content("keras-2.3")[:96] + b"\xff" * 20_000


@attack("damaged")
def hdf5_with_a_packed_chunk_that_is_noise():
    def make(group, name):
        data = group.create_dataset(name, (12, 5), "f4", chunks=(12, 5), compression="gzip")
        data.id.write_direct_chunk((0, 0), np.random.default_rng(0).bytes(300))

    return legacy_with(lambda file: replace_kernel(file, make))


@attack("does not hold them")
def weights_that_are_missing():
    return legacy_with(lambda file: file.__delitem__("model_weights/dense/dense/kernel:0"))


@attack("no weights as Keras")
def hdf5_of_something_else():
    return dialects.hdf5(lambda file: file.create_dataset("data", data=np.zeros(3)))
