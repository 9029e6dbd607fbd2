"""The words of `seawall worker`: which models there are, and what one says of a text."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from detectors.models.unit import TextModel, Unit
from seawall.errors import SeawallError
from workers.models_file import read_models
from workers.table import SHIPPED, Model
from workers.units import Option

__all__ = ["answer"]

Build = Callable[[str, dict[str, Option]], TextModel]
_MOST_LINES = 10_000
_BATCH = 64


def answer(arguments: Sequence[str], build: Build) -> int:
    """Do what the command line says; return the exit status, 1 where a model cannot be loaded."""
    parser = argparse.ArgumentParser(
        prog="seawall worker",
        description="Text models, by hand. The gateway starts its workers itself.",
    )
    parser.add_argument("--models", type=Path, help="a models.toml with encoders and vendors")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("models", help="load every model and say its version, or what is wrong")
    judge = verbs.add_parser("judge", help="print the signals of texts, one JSON line each")
    judge.add_argument("model")
    judge.add_argument("text", nargs="*", help="the texts; without any, lines of standard input")
    options = parser.parse_args(arguments)
    try:
        models = [*SHIPPED, *(read_models(options.models) if options.models else ())]
    except SeawallError as error:
        print(f"seawall worker: {error}", file=sys.stderr)
        return 1
    if options.verb == "models":
        return _list(models, build)
    model = next((each for each in models if each.name == options.model), None)
    if model is None:
        names = ", ".join(each.name for each in models)
        print(f"seawall worker: no model is called {options.model}: {names}", file=sys.stderr)
        return 2
    return _judge(model, options.text or sys.stdin.read().splitlines()[:_MOST_LINES], build)


def _list(models: Sequence[Model], build: Build) -> int:
    status = 0
    for model in models:
        try:
            print(f"{model.name:<24} {build(model.where, model.options).version}")
        except SeawallError as error:
            print(f"{model.name:<24} cannot be used: {error}")
            status = 1
    return status


def _judge(model: Model, texts: Sequence[str], build: Build) -> int:
    try:
        loaded = build(model.where, model.options)
    except SeawallError as error:
        print(f"seawall worker: {model.name} cannot be used: {error}", file=sys.stderr)
        return 1
    try:
        for start in range(0, len(texts), _BATCH):
            units = [Unit(at, text) for at, text in enumerate(texts[start : start + _BATCH])]
            for signals in loaded.judge(units):
                print(msgspec.json.encode(signals).decode())
    finally:
        _let_go(loaded)
    return 0


def _let_go(model: TextModel) -> None:
    """Close a model that holds connections, which would else complain at the end; few hold any."""
    close = getattr(model, "close", None)
    if close is not None:
        close()
