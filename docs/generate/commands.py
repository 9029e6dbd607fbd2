"""The command line as a page, read off its parser: `docs/reference/cli.md`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from gateway.cli import parser

__all__ = ["cli_page"]

HEAD = """# Command line

<!-- Generated from gateway/cli.py by `make docs`: change the code, not this. -->

Results go to standard output, everything else to standard error. Exit status: 0 done, 1 refused or
failed, 2 misuse or nothing to show, 3 an extra is not installed. Every command has `--help`.
`seawall bench` is answered by the benchmarks themselves; alone it lists them."""


def cli_page() -> str:
    """Write the page: every command, its arguments and options."""
    return "\n\n".join([HEAD, *_commands(parser())]) + "\n"


def _commands(command: argparse.ArgumentParser, purpose: str = "") -> Iterator[str]:
    """Describe a command, then those below it. argparse keeps its actions in private names only."""
    below = [
        action for action in command._actions if isinstance(action, argparse._SubParsersAction)
    ]
    own = [action for action in command._actions if action not in below and action.dest != "help"]
    if purpose and not below:
        yield f"## `{command.prog}`"
        yield f"{purpose[:1].upper()}{purpose[1:]}."
        if own:
            rows = [f"| {_name(action)} | {_help(command, action)} |" for action in own]
            yield "\n".join(["| | |", "|---|---|", *rows])
    for action in below:
        purposes = {choice.dest: choice.help or "" for choice in action._choices_actions}
        for name, inner in action.choices.items():
            yield from _commands(inner, purposes.get(name, ""))


def _name(action: argparse.Action) -> str:
    """Write an argument as one types it."""
    if not action.option_strings:
        name = str(action.metavar or action.dest)
        return f"`[{name}]`" if action.nargs in ("?", "*") else f"`{name}`"
    value = "" if action.nargs == 0 else f" {action.metavar or action.dest.upper()}"
    if action.choices is not None and action.metavar is None:
        value = " " + "|".join(str(choice) for choice in action.choices)
    words = ", ".join(f"`{option}{value}`".replace("|", r"\|") for option in action.option_strings)
    return f"{words} (required)" if action.required else words


def _help(command: argparse.ArgumentParser, action: argparse.Action) -> str:
    return (action.help or "") % {**vars(action), "prog": command.prog}
