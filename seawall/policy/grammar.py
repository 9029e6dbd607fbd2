"""From text to a Python syntax tree that is small, shallow and holds only what policy may say.

Rules:
1. The size of the text is bounded before it is parsed, the tree's size and depth before it is read.
2. Whatever Python's parser thinks of the text comes out as a Complaint, its warnings included.
3. Line breaks are allowed: the text is parsed within parentheses that it cannot close itself.
"""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass

__all__ = ["DEPTH", "LENGTH", "NODES", "Complaint", "parse"]

LENGTH = 2000
"""Characters of one expression."""
NODES = 1000
"""Nodes of one expression's tree."""
DEPTH = 32
"""Levels of one expression's tree."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with an expression, and perhaps the word that was meant."""

    message: str
    suggestion: str | None = None


def parse(text: str) -> ast.expr | Complaint:
    """Return the expression's tree, or what is wrong with it."""
    if len(text) > LENGTH:
        return Complaint(f"the condition has {len(text)} characters; at most {LENGTH} are allowed")
    if not text.strip():
        return Complaint("the condition is empty")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            body = ast.parse(f"(\n{text.strip()}\n)", "<policy>", mode="eval").body
    except SyntaxError as error:
        return Complaint(f"the condition cannot be read: {error.msg}")
    except (ValueError, MemoryError, RecursionError, Warning) as error:
        return Complaint(f"the condition cannot be read: {error or type(error).__name__}")
    # A body on the first line begins with our own parenthesis: the text closed it.
    if body.lineno < 2 and not isinstance(body, ast.Tuple | ast.GeneratorExp):
        return Complaint("the condition cannot be read: unmatched ')'")
    return _bounded(body)


def _bounded(body: ast.expr) -> ast.expr | Complaint:
    level: list[ast.AST] = [body]
    count = depth = 0
    while level:
        depth += 1
        count += len(level)
        if depth > DEPTH:
            return Complaint(f"the condition is nested deeper than {DEPTH} levels")
        if count > NODES:
            return Complaint(f"the condition has more than {NODES} parts")
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return body
