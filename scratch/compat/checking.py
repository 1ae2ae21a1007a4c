"""A script is read before it runs: what of Keras it uses that is not here is said with its line.

Only names that the script itself binds to modules, classes and models are followed; what is found out in no
other way than by running is said when it runs.
"""

import ast
import inspect
from dataclasses import dataclass

from scratch.compat.importing import PACKAGES, Missing, load
from scratch.compat.offering import Offered
from scratch.compat.sequential import Sequential
from scratch.compat.signatures import (
    BACKGROUND,
    COMPILE,
    EVALUATE,
    FIT,
    MEMBERS,
    OLDER,
    PREDICT,
    SAVE,
    SUMMARY,
)

SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
FALLBACKS = {"ImportError", "ModuleNotFoundError", "AttributeError", "Exception", "BaseException"}
UNKNOWN = object()
# The arguments of the methods whose calls are checked, and the other names that these are known by
METHODS = {
    "compile": (COMPILE, set()),
    "fit": (FIT | BACKGROUND, set(OLDER)),
    "evaluate": (EVALUATE | BACKGROUND, set(OLDER)),
    "predict": (PREDICT | BACKGROUND, set(OLDER)),
    "summary": (SUMMARY, set()),
    "save": (SAVE, set()),
}
# Arguments that Keras 1 had and Keras 2 renamed: who uses one has written for Keras 1.
KERAS_1 = {"border_mode", "dim_ordering", "nb_col", "nb_epoch", "nb_filter", "nb_row", "samples_per_epoch"}
KERAS_1 |= {"subsample", "W_regularizer", "b_regularizer"}


@dataclass(frozen=True)
class Finding:
    """Something that is not here: the script's line, from 1, and a sentence."""

    line: int
    sentence: str


class Model:
    """Stands for a Sequential that the script will have made."""


def check(tree):
    """Return the Findings in a script's syntax tree, in the order of its lines."""
    names = Names(tree)
    findings = {}
    for node in used_nodes(tree):
        for finding in names.findings(node):
            findings.setdefault((finding.line, finding.sentence), finding)
    return sorted(findings.values(), key=lambda finding: finding.line)


def is_keras_1(tree):
    """Return whether a script's syntax tree has arguments of Keras 1's."""
    return any(isinstance(node, ast.keyword) and node.arg in KERAS_1 for node in ast.walk(tree))


def used_nodes(tree):
    """Yield the nodes that may be run: not those in functions that nobody calls, or under a fallback."""
    called = {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef) and node in tree.body and node.name not in called:
            continue
        if isinstance(node, ast.Try) and any(catches(handler) for handler in node.handlers):
            waiting += [*node.orelse, *node.finalbody]
            continue
        yield node
        waiting.extend(ast.iter_child_nodes(node))


def catches(handler):
    """Return whether an except clause would catch that something is not here."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or ast.unparse(kind) in FALLBACKS for kind in kinds)


class Names:
    """What a script's names stand for, as far as they are Keras's: modules, classes, models."""

    def __init__(self, tree):
        self.meanings = {}
        self.tree = tree
        for node in ast.walk(tree):
            self.learn_import(node)
        for _round in range(3):  # a name may be given on: keras.datasets, then its mnist
            for node in ast.walk(tree):
                if isinstance(node, ast.Assign) and len(node.targets) == 1:
                    self.learn(node.targets[0], node.value)
        self.forget_what_changes()

    def learn_import(self, node):
        """Learn what an import binds."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                if is_watched(alias.name):
                    whole = alias.name if alias.asname else alias.name.partition(".")[0]
                    self.meanings[alias.asname or whole] = load(whole)
        elif isinstance(node, ast.ImportFrom) and is_watched(node.module or ""):
            source = load(node.module)
            for alias in node.names:
                if alias.name == "*":
                    everything = getattr(source, "__all__", [])
                    self.meanings |= {name: member(source, name) for name in everything}
                else:
                    self.meanings[alias.asname or alias.name] = member(source, alias.name)

    def learn(self, target, value):
        """Learn what an assignment binds."""
        meaning = self.meaning(value)
        if isinstance(target, ast.Name) and meaning is not UNKNOWN:
            self.meanings.setdefault(target.id, meaning)

    def forget_what_changes(self):
        """Forget names that elsewhere stand for something else: arguments, loops, other assignments."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.arg):
                self.meanings.pop(node.arg, None)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self.check_again(node)

    def check_again(self, name):
        """Forget a name that is assigned what is not known."""
        known = self.meanings.get(name.id)
        values = [
            self.meaning(node.value)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Assign) and any(target is name for target in node.targets)
        ]
        alike = isinstance(known, Model) and values and all(isinstance(value, Model) for value in values)
        if not alike and not any(value is known for value in values):
            self.meanings.pop(name.id, None)

    def meaning(self, node):
        """Return what an expression stands for, or UNKNOWN."""
        if isinstance(node, ast.Name):
            return self.meanings.get(node.id, UNKNOWN)
        if isinstance(node, ast.Attribute):
            owner = self.meaning(node.value)
            return UNKNOWN if owner is UNKNOWN or isinstance(owner, Model) else member(owner, node.attr)
        if isinstance(node, ast.Call):
            made = self.meaning(node.func)
            return Model() if makes_model(made) else UNKNOWN
        return UNKNOWN

    def findings(self, node):
        """Yield what is not here in one node, its children aside."""
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            meaning = self.meaning(node)
            inner = self.meaning(node.value) if isinstance(node, ast.Attribute) else UNKNOWN
            if isinstance(meaning, Missing) and not isinstance(inner, Missing):
                yield Finding(node.lineno, str(meaning.error()))
            if isinstance(inner, Model) and not (node.attr in MEMBERS or node.attr.startswith("_")):
                sentence = f"Sequential.{node.attr} is not here: there are {', '.join(MEMBERS)}"
                yield Finding(node.lineno, sentence)
        if isinstance(node, ast.Call):
            yield from self.in_call(node)

    def in_call(self, node):
        """Yield the arguments of a call that are not here."""
        called = self.meaning(node.func)
        if isinstance(node.func, ast.Attribute) and isinstance(self.meaning(node.func.value), Model):
            called = getattr(Sequential, node.func.attr, UNKNOWN)
            if node.func.attr in METHODS:
                known, takes = METHODS[node.func.attr]
                yield from unknown_keywords(node, f"model.{node.func.attr}", known, takes, {})
            return
        if isinstance(called, Offered):
            yield from unknown_keywords(node, called.name, called.parameters, called.takes, called.renamed)


def unknown_keywords(node, name, parameters, takes, renamed):
    """Yield a Finding for each keyword of a call that there is not."""
    for keyword in node.keywords:
        option = renamed.get(keyword.arg, keyword.arg)
        if option is not None and option not in parameters and option not in takes:
            sentence = f"{name}: there is no argument {option!r}, only {', '.join(parameters)}"
            yield Finding(keyword.value.lineno, sentence)


def is_watched(module):
    """Return whether a module is Keras's or TensorFlow's."""
    return module.partition(".")[0] in (*PACKAGES, "tf_keras")


def member(owner, name):
    """Return what is in a module or a Missing by a name, or UNKNOWN."""
    if isinstance(owner, Missing):
        return Missing(f"{owner.missing_name}.{name}")
    if not inspect.ismodule(owner):
        return UNKNOWN
    try:
        return getattr(owner, name)
    except AttributeError:
        return UNKNOWN


def makes_model(made):
    """Return whether calling this gives a Sequential."""
    return made is Sequential or getattr(made, "__name__", "") in ("load_model", "model_from_json")
