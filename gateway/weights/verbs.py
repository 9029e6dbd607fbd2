"""The verb `models`: list, verify, fetch. It reads files and hashes; no model is loaded."""

from __future__ import annotations

import argparse

__all__ = ["add_models"]


def add_models(parser: argparse.ArgumentParser) -> None:
    """Add the verbs about weights."""
    verbs = parser.add_subparsers(metavar="COMMAND", required=True)
    show = verbs.add_parser("list", help="say which there are, their licences, where they are")
    verify = verbs.add_parser("verify", help="read and hash them again; 1 where one is wrong")
    fetch = verbs.add_parser("fetch", help="fetch from the model hub, at the pinned revisions")
    fetch.add_argument(
        "--hub", metavar="URL", default="", help="a mirror of the hub (https://huggingface.co)"
    )
    for verb, run in ((show, _list), (verify, _verify), (fetch, _fetch)):
        verb.add_argument("name", nargs="*", help="which ones (all, or all that are missing)")
        verb.add_argument("--config", metavar="FILE", help="the gateway's settings, TOML")
        verb.add_argument("--data", metavar="DIR", help="the gateway's folder (./seawall-data)")
        verb.add_argument("--weights", metavar="DIR", help="their folder (`weights` in it)")
        verb.add_argument("--json", action="store_true", help="JSON lines")
        verb.set_defaults(run=run)


def _folder(given: argparse.Namespace) -> str:
    from gateway.config import load_config

    return load_config(given.config, data=given.data, weights=given.weights).weights_folder()


def _list(given: argparse.Namespace) -> int:
    from gateway.weights.commands import list_weights

    return list_weights(tuple(given.name), _folder(given), given.json)


def _verify(given: argparse.Namespace) -> int:
    from gateway.weights.commands import verify_weights

    return verify_weights(tuple(given.name), _folder(given), given.json)


def _fetch(given: argparse.Namespace) -> int:
    from gateway.weights.commands import fetch_weights

    return fetch_weights(tuple(given.name), _folder(given), given.json, given.hub)
