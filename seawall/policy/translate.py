"""From a syntax tree to a checked term: every name known, every kind right, all complaints at once.

Rules:
1. What is not matched here is refused: the language is what this file spells out.
2. A part with a complaint becomes None, and nothing more is said about what holds it.
3. Nothing that passes can raise when it runs: numbers are floats, only constants other than 0
   divide, only like is compared with like.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from seawall.policy.grammar import Complaint
from seawall.policy.problems import closest
from seawall.policy.term import (
    Arith,
    Choose,
    Compare,
    Constant,
    Every,
    Negative,
    Not,
    Operator,
    Pick,
    Positive,
    Read,
    Some,
    Sum,
    Term,
)
from seawall.policy.vocabulary import LEVELS, Kind, Scope, Vocabulary

__all__ = ["LARGEST", "Translation"]

LARGEST = 1e12
"""The largest number that may be written."""
_SMALLEST = 1e-12
_SUMS: dict[type[ast.operator], Sum] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_OPERATORS: dict[type[ast.cmpop], Operator] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}
_SCOPES: dict[Scope, str] = {
    "rule": "a rule is asked",
    "window": "a window is asked",
    "join": "somebody joins",
}
_REFUSED: dict[type[ast.AST], str] = {
    ast.Call: "only min(), max() and abs() may be called",
    ast.Is: "write == instead of `is`",
    ast.IsNot: "write != instead of `is not`",
    ast.Subscript: "square brackets may only hold a list of constants",
    ast.Tuple: "write a list in square brackets",
    ast.Set: "write a list in square brackets",
}


class Translation:
    """One expression on its way to a term, and everything wrong with it."""

    def __init__(self, vocabulary: Vocabulary, scope: Scope) -> None:
        self._vocabulary = vocabulary
        self._scope: Scope = scope
        self.complaints: list[Complaint] = []

    def condition(self, node: ast.expr) -> Term | None:
        """Return the node as a condition: yes or no, or a number that is over 0."""
        if isinstance(node, ast.IfExp):
            return self._choice(node, self.condition)
        term = self._term(node)
        if term is None or term.kind is Kind.YES_NO:
            return term
        if term.kind is Kind.NUMBER:
            return Positive(term)
        return self._complain(f"{_text(node)} is {term.kind.value}, not a condition; compare it")

    def _term(self, node: ast.expr) -> Term | None:
        match node:
            case ast.Constant():
                return self._constant(node)
            case ast.Name() | ast.Attribute():
                return self._name(node)
            case ast.List():
                return self._list(node)
            case ast.BoolOp(op, values):
                parts = self._all([self.condition(value) for value in values])
                if parts is None:
                    return None
                return Every(parts) if isinstance(op, ast.And) else Some(parts)
            case ast.UnaryOp(ast.Not(), operand):
                turned = self.condition(operand)
                return None if turned is None else Not(turned)
            case ast.UnaryOp(ast.USub(), operand):
                positive = self._number(operand)
                return None if positive is None else _negative(positive)
            case ast.BinOp():
                return self._arith(node)
            case ast.Compare():
                return self._comparison(node)
            case ast.IfExp():
                return self._choice(node, self._term)
            case ast.Call(ast.Name("min" | "max" | "abs" as function), args, []):
                return self._pick(function, args)
            case _:
                return self._refuse(node)

    def _constant(self, node: ast.Constant) -> Term | None:
        match node.value:
            case bool(value):
                return Constant(value, Kind.YES_NO)
            case int(value) | float(value):
                if not (value == 0 or _SMALLEST <= value <= LARGEST):
                    return self._complain("a number must be 0 or from 1e-12 to 1e12")
                return Constant(float(value), Kind.NUMBER)
            case str(value):
                return Constant(value, Kind.TEXT)
            case _:
                return self._complain(f"{_text(node)} is not a number, a text, True or False")

    def _name(self, node: ast.Name | ast.Attribute) -> Term | None:
        written = _dotted(node)
        if written is None:
            return self._complain(f"{_text(node)} is not a name")
        if written in LEVELS:
            return Constant(LEVELS[written], Kind.NUMBER)
        name = self._vocabulary.get(written)
        if name is None:
            suggestion = closest(written, self._vocabulary.words())
            return self._complain(f"unknown name {_text(node)}", suggestion)
        if self._scope not in name.known:
            return self._complain(f"{name.name} is not known when {_SCOPES[self._scope]}")
        return Read(name)

    def _list(self, node: ast.List) -> Term | None:
        parts = self._all([self._term(item) for item in node.elts])
        if parts is None:
            return None
        constants = [part for part in parts if isinstance(part, Constant)]
        texts = tuple(part.value for part in constants if isinstance(part.value, str))
        numbers = tuple(part.value for part in constants if type(part.value) is float)
        if parts and len(texts) == len(parts):
            return Constant(texts, Kind.TEXTS)
        if parts and len(numbers) == len(parts):
            return Constant(numbers, Kind.NUMBERS)
        return self._complain("a list must hold constants, all texts or all numbers")

    def _arith(self, node: ast.BinOp) -> Term | None:
        sign = _SUMS.get(type(node.op))
        if sign is None:
            return self._complain(f"{_text(node)}: only + - * / are allowed")
        left, right = self._number(node.left), self._number(node.right)
        if left is None or right is None:
            return None
        if sign == "/" and not (isinstance(right, Constant) and right.value != 0):
            return self._complain("only a number other than 0 may divide")
        return Arith(sign, left, right)

    def _pick(self, function: str, args: Sequence[ast.expr]) -> Term | None:
        numbers = self._all([self._number(arg) for arg in args])
        if numbers is None:
            return None
        match function, len(numbers):
            case "abs", 1:
                return Pick("abs", numbers)
            case ("min", count) if count > 1:
                return Pick("min", numbers)
            case ("max", count) if count > 1:
                return Pick("max", numbers)
        wanted = "one number" if function == "abs" else "two numbers or more"
        return self._complain(f"{function}() takes {wanted}")

    def _choice(self, node: ast.IfExp, read: Callable[[ast.expr], Term | None]) -> Term | None:
        test, yes, no = self.condition(node.test), read(node.body), read(node.orelse)
        if test is None or yes is None or no is None:
            return None
        if yes.kind is not no.kind:
            return self._complain(f"{_text(node)} is {yes.kind.value} or {no.kind.value}")
        return Choose(test, yes, no, yes.kind)

    def _comparison(self, node: ast.Compare) -> Term | None:
        terms = self._all([self._term(item) for item in (node.left, *node.comparators)])
        operators = [_OPERATORS.get(type(op)) for op in node.ops]
        if None in operators:
            return self._refuse(node.ops[operators.index(None)])
        if terms is None:
            return None
        pairs = [
            self._pair(operator, left, right)
            for operator, left, right in zip(operators, terms, terms[1:], strict=False)
            if operator is not None
        ]
        compared = self._all(pairs)
        if compared is None:
            return None
        return compared[0] if len(compared) == 1 else Every(compared)

    def _pair(self, operator: Operator, left: Term, right: Term) -> Term | None:
        if operator in ("in", "not in"):
            allowed = {
                (Kind.TEXT, Kind.TEXT),
                (Kind.TEXT, Kind.TEXTS),
                (Kind.NUMBER, Kind.NUMBERS),
            }
            fits = (left.kind, right.kind) in allowed
        elif operator in ("==", "!="):
            fits = left.kind is right.kind and left.kind not in (Kind.TEXTS, Kind.NUMBERS)
        else:
            fits = left.kind is right.kind is Kind.NUMBER
        if not fits:
            return self._complain(
                f"{left.kind.value} cannot be compared with {right.kind.value} by `{operator}`"
            )
        return Compare(operator, left, right) if self._possible(left, right) else None

    def _possible(self, left: Term, right: Term) -> bool:
        """Say whether texts compared with a name of few words are among its words."""
        fine = True
        for term, other in ((left, right), (right, left)):
            if not (isinstance(term, Read) and isinstance(other, Constant) and term.name.words):
                continue
            values = other.value if isinstance(other.value, tuple) else (other.value,)
            for value in values:
                if isinstance(value, str) and value not in term.name.words:
                    fine = False
                    self._complain(
                        f"{term.name.name} is never {value[:64]!r}",
                        closest(value, sorted(term.name.words)),
                    )
        return fine

    def _number(self, node: ast.expr) -> Term | None:
        term = self._term(node)
        if term is None or term.kind is Kind.NUMBER:
            return term
        return self._complain(f"{_text(node)} is {term.kind.value}, not a number")

    def _all(self, terms: Sequence[Term | None]) -> tuple[Term, ...] | None:
        found = tuple(term for term in terms if term is not None)
        return found if len(found) == len(terms) else None

    def _refuse(self, node: ast.AST) -> Term | None:
        reason = _REFUSED.get(type(node), "this is not part of the policy language")
        return self._complain(f"{_text(node)}: {reason}" if isinstance(node, ast.expr) else reason)

    def _complain(self, message: str, suggestion: str | None = None) -> Term | None:
        self.complaints.append(Complaint(message, suggestion))
        return None


def _negative(of: Term) -> Term:
    if isinstance(of, Constant) and isinstance(of.value, float):
        return Constant(-of.value, Kind.NUMBER)
    return Negative(of)


def _dotted(node: ast.expr) -> str | None:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else None


def _text(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return f"`{text if len(text) <= 60 else text[:59] + '…'}`"
