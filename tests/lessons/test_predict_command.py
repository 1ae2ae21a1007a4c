"""`digits predict`: its output, its pictures, its errors."""

import json

import numpy as np
import pytest
from PIL import Image

from lessons import cli
from lessons.commands import predict
from tests.scratch.handwriting.conftest import as_image, photographed, reader, written  # noqa: F401

pytestmark = pytest.mark.slow  # together they take more than a few seconds


@pytest.fixture
def photo(tmp_path, monkeypatch, reader):  # noqa: F811
    monkeypatch.setattr(predict, "network", lambda name, data: reader)
    monkeypatch.chdir(tmp_path)
    ink, _ = written([[3, 1, 4], [0, 2, 8]])
    path = tmp_path / "photo.jpg"
    as_image(photographed(ink)).save(path)
    return path


def test_answers_stages_and_pictures(photo, capsys):
    assert cli.main(["predict", str(photo), "--stages"]) == 0
    text = capsys.readouterr().out
    assert "3 1 4\n" in text
    assert "0 2 8\n" in text
    assert "Second choice" in text
    for kind in ("answers", "stages"):
        with Image.open(photo.parent / "out" / "predict" / f"photo_{kind}.png") as picture:
            assert picture.width > 1000


def test_json_and_a_file_that_is_none(photo, capsys):
    blank = photo.with_name("blank.png")
    Image.fromarray(np.full((300, 300), 250, np.uint8)).save(blank)
    paths = [str(blank), str(photo), str(photo.with_name("missing.png"))]
    assert cli.main(["predict", *paths, "--json"]) == 1
    captured = capsys.readouterr()
    told = {each["image"]: each for each in json.loads(captured.out)["images"]}
    assert told[str(photo)]["rows"] == ["314", "028"]
    assert "looks blank" in told[str(blank)]["error"]
    assert "no such file" in captured.err
    assert "Traceback" not in captured.err


def test_an_unknown_network_is_one_sentence(photo, capsys, monkeypatch):
    monkeypatch.undo()
    assert cli.main(["predict", str(photo), "--model", "vgg"]) == 1
    assert "there is no network and no file 'vgg'" in capsys.readouterr().err
