"""How a policy and its detectors travel from the process that built them to the one that serves.

Pickled by a child of ours and read from its pipe, never from a file or a socket. What Python does
not pickle by itself (conditions compiled from text, RE2, lambdas, caches) is told here.

Loading gives the interpreter away between any two pieces of 64 KiB, so that the event loop, which
runs beside it in another thread, waits a millisecond or two for it and not the whole time.
"""

from __future__ import annotations

import io
import marshal
import os
import pickle
import sys
import time
from collections.abc import Callable
from functools import _lru_cache_wrapper, lru_cache
from types import CellType, CodeType, FunctionType, MappingProxyType
from typing import IO, Any, cast

import re2

__all__ = ["Code", "Unshippable", "code_here", "is_same_code", "ship", "unship"]

Code = dict[str, tuple[int, int]]
"""Modules by name: when their files changed last, ns, and their size."""
_CARRIED = ("detectors", "seawall")
"""Whose objects are shipped."""
Rebuilt = tuple[Callable[..., object], tuple[object, ...]]


class Unshippable(Exception):
    """Something in a ruleset can be built, but not carried over."""


def code_here() -> Code:
    """Return which code this process runs; ask at the start, before it can change on disk."""
    found: Code = {}
    for name, module in sorted(sys.modules.items()):
        path = getattr(module, "__file__", None)
        if path is not None and name.partition(".")[0] in _CARRIED:
            state = os.stat(path)
            found[name] = (state.st_mtime_ns, state.st_size)
    return found


def is_same_code(there: Code) -> bool:
    """Say whether what both processes have loaded is the same: an upgrade may lie between them."""
    here = code_here()
    return all(there[name] == here[name] for name in there.keys() & here.keys())


def ship(head: bytes, built: object, to: IO[bytes]) -> None:
    """Write `head` and what was built. Raises Unshippable before anything is written."""
    whole = io.BytesIO()
    try:
        _Pickler(whole, pickle.HIGHEST_PROTOCOL).dump(built)
    except (pickle.PicklingError, AttributeError, TypeError, ValueError) as problem:
        raise Unshippable(str(problem)) from problem
    to.write(head)
    to.write(whole.getbuffer())


def unship(source: IO[bytes]) -> Any:  # Any: whatever was shipped
    """Read what was shipped, in a thread beside the event loop.

    Raises EOFError or pickle.UnpicklingError when the other side died.
    """
    # Only our own child writes to this pipe.
    return pickle.Unpickler(_Breathing(source)).load()


class _Pickler(pickle.Pickler):
    # Any: the protocol of `pickle` is NotImplemented, or a tuple of several shapes.
    def reducer_override(self, obj: Any) -> Any:
        kind = type(obj)
        if kind is FunctionType and "<" in obj.__qualname__:
            return _function_told(obj)
        if kind is MappingProxyType:
            return _view, (dict(obj),)
        if kind is memoryview:
            return _memory, (obj.tobytes(), obj.format)
        if kind is _lru_cache_wrapper and hasattr(obj.__wrapped__, "__self__"):
            return _cached, (obj.cache_parameters(), obj.__wrapped__)
        if kind is re2._Regexp:
            return _regex, (obj.pattern, _options_told(obj.options))
        return NotImplemented


def _function_told(function: FunctionType) -> Rebuilt:
    """Tell a function that no module has by name: its code, and what it closes over."""
    module = sys.modules.get(function.__module__ or "")
    scope = function.__globals__
    foreign = module is None or scope is not vars(module)
    cells = tuple(cell.cell_contents for cell in function.__closure__ or ())
    return _function, (
        marshal.dumps(function.__code__),
        function.__module__,
        dict(scope) if foreign else None,
        function.__defaults__,
        cells,
    )


def _function(
    code: bytes,
    module: str,
    scope: dict[str, object] | None,
    defaults: tuple[object, ...] | None,
    cells: tuple[object, ...],
) -> FunctionType:
    names = vars(sys.modules[module]) if scope is None else scope
    made = cast(CodeType, marshal.loads(code))  # it was a function's code when it was written
    closure = tuple(map(CellType, cells)) or None
    return FunctionType(made, names, None, defaults, closure)


def _view(of: dict[Any, Any]) -> MappingProxyType[Any, Any]:  # Any: whatever it was
    return MappingProxyType(of)


def _memory(data: bytes, form: str) -> memoryview:
    return memoryview(data).cast(cast(Any, form))  # Any: the stub lists the formats one by one


def _cached(parameters: dict[str, Any], function: Callable[..., object]) -> object:
    return lru_cache(**parameters)(function)


def _options_told(options: re2.Options) -> dict[str, object]:
    return {name: getattr(options, name) for name in re2.Options.NAMES}


def _regex(pattern: str | bytes, told: dict[str, object]) -> re2._Regexp:
    time.sleep(0)  # compiling takes a moment, and there are hundreds
    options = re2.Options()
    for name, value in told.items():
        setattr(options, name, value)
    return re2.compile(pattern, options)


class _Breathing:
    """A stream that lets other threads run whenever it is read from."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source

    def read(self, size: int = -1, /) -> bytes:
        """Read so many bytes."""
        time.sleep(_BREATH_S)
        return self._source.read(size)

    def readline(self, size: int = -1, /) -> bytes:
        """Read up to the end of a line."""
        return self._source.readline(size)


_BREATH_S = 0.0002
