"""Which text models run beside this gateway: those that come with us, and those of the operator."""

from __future__ import annotations

from pathlib import Path

from seawall.errors import ConfigError
from seawall.policy.problems import closest
from workers.client import SHIPPED, TextWorkers
from workers.models_file import read_models

__all__ = ["text_models"]


def text_models(names: str, file: str) -> TextWorkers | None:
    """Return the workers to start; None where nothing is to run.

    `names` are names of shipped models with commas between; what `file` enables runs besides.
    Raises ConfigError for a name there is not and for a file that cannot be read.
    """
    shipped = {model.name: model for model in SHIPPED}
    wanted = dict.fromkeys(name for part in names.split(",") if (name := part.strip()))
    for name in wanted:
        if name not in shipped:
            near = closest(name, tuple(shipped))
            hint = f"; did you mean {near!r}?" if near else f"; there are {', '.join(shipped)}"
            raise ConfigError(f"models: there is no text model {name!r}{hint}")
    own = read_models(Path(file)) if file else ()
    models = (*(shipped[name] for name in wanted), *own)
    return TextWorkers(models) if models else None
