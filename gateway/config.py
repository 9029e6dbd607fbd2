"""Every setting of the gateway: typed, frozen, described field by field, read once.

Order: built-in default, then the TOML file, then `SEAWALL_*` variables, then the command line.
What is not known is refused, so that a typing error is not a setting silently left at its default.
`docs/reference/config.md` is generated from this file.
"""

from __future__ import annotations

import math
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from seawall.errors import ConfigError
from seawall.policy.problems import closest

__all__ = ["TABLES", "Config", "config_markdown", "load_config", "shipped_policy"]

PREFIX = "SEAWALL_"
VARIABLES = {"SEAWALL_DATA_DIR": "data"}
"""Where a variable is not the setting's name: SEAWALL_DATA is the evaluation data's."""
OTHERS = frozenset({"SEAWALL_DATA", "SEAWALL_KEY", "SEAWALL_SECRET"})
"""Variables of benches and chat servers, which may stand in the same environment."""
_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{1,20})?(e[+-]?[0-9]{1,3})?", re.ASCII)
TABLES = ("tenants", "hashes")
"""Settings that are tables: only the file can hold them."""
_NEEDED = frozenset({"listen", "http", "data", "redis"})
_SERVICE = re.compile(
    r"SEAWALL_(\w+_)?(SERVICE_(HOST|PORT(_\w+)?)=|PORT(_\d+_(TCP|UDP|SCTP)(_\w+)?=|=\w+://))"
)
"""Kubernetes sets these in every container beside a service called `seawall` or `seawall-…`."""


def shipped_policy() -> str:
    """Return the folder of the policy that comes with Seawall."""
    return str(Path(__file__).resolve().parents[1] / "policies" / "default")


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The gateway's settings."""

    listen: Annotated[str, Meta(description="Address of the WebSocket edge, `HOST:PORT`.")] = (
        "127.0.0.1:7400"
    )
    http: Annotated[str, Meta(description="Address of the HTTP API, `HOST:PORT`.")] = (
        "127.0.0.1:7401"
    )
    data: Annotated[
        str, Meta(description="Folder of the database, the secret and the embedded state server.")
    ] = "./seawall-data"
    database: Annotated[
        str,
        Meta(
            description="Where the record lives: empty for SQLite in the data folder, "
            "`sqlite:///path` for another file, or `postgresql://user:password@host/name`."
        ),
    ] = ""
    tls_cert: Annotated[
        str, Meta(description="PEM file of the certificate chain. With `tls_key`: wss and https.")
    ] = ""
    tls_key: Annotated[str, Meta(description="PEM file of the certificate's private key.")] = ""
    console_origins: Annotated[
        str,
        Meta(
            description="Pages that may open the consoles' live socket, `https://mod.example`, "
            "separated by commas. Empty: the console that this gateway itself serves at `http`."
        ),
    ] = ""
    console_socket: Annotated[
        str,
        Meta(
            description="Address of the consoles' live socket as browsers reach it, "
            "`wss://edge.example/console`. Empty: the host of the page, at the port of `listen`."
        ),
    ] = ""
    console_url: Annotated[
        str,
        Meta(
            description="Address of the console as people reach it, for links in pages: "
            "`https://mod.example`. Empty: pages carry no link."
        ),
    ] = ""
    session_idle_s: Annotated[
        float, Meta(ge=1, le=7 * 86_400, description="Seconds until an idle moderator is out.")
    ] = 28_800.0
    session_s: Annotated[
        float, Meta(ge=1, le=30 * 86_400, description="Seconds until a moderator signs in anew.")
    ] = 86_400.0
    case_give_s: Annotated[
        float,
        Meta(
            ge=0,
            le=3600,
            description="Seconds that a case given to somebody waits; 0: none is given.",
        ),
    ] = 0.0
    page_hosts: Annotated[
        str,
        Meta(
            description="Hosts that pages may be sent to although they are private or this very "
            "machine, separated by commas: `hooks.internal, 10.0.0.7`. Empty: none."
        ),
    ] = ""
    policy: Annotated[
        str, Meta(description="Folder of the policy. Empty: the one shipped with Seawall.")
    ] = ""
    tenants: Annotated[
        dict[str, str],
        Meta(description='Tenant files by tenant name: `[tenants]` with `NAME = "tenant.yaml"`.'),
    ] = {}
    models: Annotated[
        str,
        Meta(
            description="Text models that run beside the gateway, by name: `linear`, "
            "`linear, opinion`, names of `models_file`. Empty: none, and policy's asks go unheard."
        ),
    ] = "linear"
    models_file: Annotated[
        str, Meta(description="TOML file of encoders and services that may be asked too.")
    ] = ""
    weights: Annotated[
        str,
        Meta(
            description="Folder of weights that see and hear (`seawall models`), looked into "
            "before installed packages. Empty: `weights` in the data folder."
        ),
    ] = ""
    media: Annotated[
        bool,
        Meta(
            description="Take in live streams: start what decodes, sees and hears them. Needs the "
            "extra `media`. Off: `stream.open` is `unsupported`."
        ),
    ] = False
    media_see: Annotated[
        str,
        Meta(
            description="Detectors that look at frames: `pdq`, `codes`, `nudity`, `safety`, `ocr`. "
            "Empty: none but classifiers of `models_file`."
        ),
    ] = "pdq, codes, nudity, safety, ocr"
    media_hear: Annotated[
        bool, Meta(description="Transcribe speech and compare sound with the catalogue.")
    ] = True
    media_device: Annotated[
        Literal["auto", "cpu", "cuda"], Meta(description="Where models of pictures and sound run.")
    ] = "auto"
    media_threads: Annotated[
        int, Meta(ge=1, le=64, description="Transcriptions that run at once.")
    ] = 2
    media_spare: Annotated[
        bool,
        Meta(
            description="While there are streams, keep a second process that sees and one that "
            "hears loaded, for when one dies: some 400 MB. Never on a GPU or where memory is short."
        ),
    ] = True
    media_streams: Annotated[
        int, Meta(ge=1, le=4096, description="Streams open at once before `overloaded`.")
    ] = 256
    hashes: Annotated[
        dict[str, str],
        Meta(
            description='Lists of PDQ hashes by name: `[hashes]` with `NAME = "file"`; a picture '
            "near an entry gives the signal `hash.NAME` (lower-case letters, digits and `_`)."
        ),
    ] = {}
    catalogue: Annotated[
        str,
        Meta(description="Folder of recordings to look for in sound (`seawall catalogue`)."),
    ] = ""
    redis: Annotated[
        str,
        Meta(
            description="Where windows are counted: `embedded`, `unix:///path`, `redis://…`, "
            "`redis+cluster://host:port,host:port`, `redis+sentinel://host:port,host:port/service` "
            "(`rediss…` for TLS), or `local` for this process alone."
        ),
    ] = "embedded"
    redis_memory_mb: Annotated[
        int, Meta(ge=8, le=1_048_576, description="Memory bound of the embedded state server, MiB.")
    ] = 256
    state_deadline_ms: Annotated[
        float,
        Meta(
            ge=0.1,
            le=10_000,
            description="How long window counts may take before local ones answer.",
        ),
    ] = 10.0
    rate: Annotated[
        float, Meta(gt=0, le=1e7, description="Messages a second one connection may send.")
    ] = 20_000.0
    burst: Annotated[
        float, Meta(ge=1, le=1e7, description="Messages one connection may send at once.")
    ] = 40_000.0
    inflight: Annotated[
        int,
        Meta(
            ge=1,
            le=1_000_000,
            description="Unanswered messages of a connection before reading pauses.",
        ),
    ] = 1024
    queue: Annotated[
        int,
        Meta(
            ge=1,
            le=10_000_000,
            description="Unanswered messages of the whole gateway before `overloaded`.",
        ),
    ] = 32_768
    tenant_rate: Annotated[
        float,
        Meta(
            ge=0,
            le=1e7,
            description="Messages a second one tenant may send to this gateway; 0: any.",
        ),
    ] = 0.0
    tenant_connections: Annotated[
        int,
        Meta(ge=0, le=1_000_000, description="Connections one tenant may hold here; 0: any."),
    ] = 0
    record_wait_ms: Annotated[
        float,
        Meta(
            ge=0.1,
            le=10_000,
            description="How long the database may take before the spill file answers.",
        ),
    ] = 15.0
    spill_mb: Annotated[
        int,
        Meta(ge=1, le=1_048_576, description="Most that may wait in the spill file, MiB."),
    ] = 1024
    memory_s: Annotated[
        float, Meta(ge=0, le=120, description="How long answered ids are remembered, seconds.")
    ] = 120.0
    memory_mb: Annotated[int, Meta(ge=1, le=64, description="Memory for answered ids, MiB.")] = 64
    recent_s: Annotated[
        float,
        Meta(ge=0, le=3600, description="How long messages stay in memory for consoles, seconds."),
    ] = 600.0
    recent_mb: Annotated[
        int, Meta(ge=0, le=4096, description="Memory for them, MiB. 0: rooms show no messages.")
    ] = 32
    egress_kb: Annotated[
        int,
        Meta(
            ge=16,
            le=1_048_576,
            description="Unread bytes of a connection before it is cut (4002), KiB.",
        ),
    ] = 1024
    egress_s: Annotated[
        float,
        Meta(ge=0.1, le=3600, description="Age of unread bytes before a connection is cut (4002)."),
    ] = 10.0
    ping_s: Annotated[
        float,
        Meta(
            ge=0.1, le=3600, description="Idle seconds before a ping; as long again for the pong."
        ),
    ] = 20.0
    command_s: Annotated[
        float,
        Meta(ge=1, le=86_400, description="How long a command waits for its `done`, seconds."),
    ] = 60.0
    drain_s: Annotated[
        float,
        Meta(ge=0.1, le=3600, description="How long a stopping gateway waits for what it owes."),
    ] = 10.0
    evidence_days: Annotated[
        float,
        Meta(gt=0, le=36_500, description="How long the content of restricted messages is kept."),
    ] = 30.0
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="Least level logged.")
    ] = "info"
    log_text: Annotated[bool, Meta(description="Write message text into logs. Off: ids only.")] = (
        False
    )
    debug_echo: Annotated[
        bool,
        Meta(description="Echo every message on any path but `/v1`. For protocol tests only."),
    ] = False

    def policy_folder(self) -> str:
        """Return the policy folder in force."""
        return self.policy or shipped_policy()

    def weights_folder(self) -> str:
        """Return the folder in which weights are looked for first."""
        return self.weights or str(Path(self.data) / "weights")


def load_config(path: str | None, environ: Mapping[str, str] | None = None, **given: Any) -> Config:
    """Read the settings. `given` are command-line values; None among them means not given.

    Raises ConfigError naming the file or variable, the setting and what is wrong with it.
    """
    values: dict[str, Any] = {}
    if path is not None:
        try:
            values.update(tomllib.loads(Path(path).read_text(encoding="utf-8")))
        except OSError as problem:
            raise ConfigError(f"{path}: {problem.strerror}") from problem
        except ValueError as problem:  # no TOML, no UTF-8, or U+0000 in the path
            raise ConfigError(f"{path}: {problem}") from problem
    hints = get_type_hints(Config, include_extras=True)
    unknown = sorted(set(values) - set(hints))
    if unknown:
        raise ConfigError(f"{path}: unknown setting {_meant(unknown[0], hints)}")
    values.update(_from_environ(os.environ if environ is None else environ, hints))
    values.update({name: value for name, value in given.items() if value is not None})
    try:
        config = msgspec.convert(values, Config)
    except msgspec.ValidationError as problem:
        raise ConfigError(f"{path or 'settings'}: {problem}") from problem
    for name in hints:
        value = getattr(config, name)
        if isinstance(value, float) and not math.isfinite(value):
            raise ConfigError(f"{path or 'settings'}: {name}: want a finite number, not {value}")
        if isinstance(value, str) and ("\0" in value or (not value and name in _NEEDED)):
            raise ConfigError(f"{path or 'settings'}: {name}: want a text, not {value!r:.60}")
    for table in TABLES:
        if not all(name and file for name, file in getattr(config, table).items()):
            raise ConfigError(f"{path or 'settings'}: {table}: want a name and a file for each")
    return config


def _from_environ(environ: Mapping[str, str], hints: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that variables give, by setting. Raises ConfigError."""
    fields = {_variable(field): field for field in hints}
    values: dict[str, Any] = {}
    for name, text in sorted(environ.items()):
        if not name.startswith(PREFIX) or name in OTHERS or _SERVICE.match(f"{name}={text}"):
            continue
        field = fields.get(name)
        if field is None:
            raise ConfigError(f"unknown variable {_meant(name, fields)}")
        if field in TABLES:
            raise ConfigError(f"{name}: {field} can only be set in the settings file")
        values[field] = _from_text(name, text, hints[field])
    return values


def _variable(field: str) -> str:
    """Return the name of a setting's variable."""
    own = {setting: name for name, setting in VARIABLES.items()}
    return own.get(field, f"{PREFIX}{field.upper()}")


def _meant(name: str, known: Iterable[str]) -> str:
    close = closest(name, known)
    hint = f"did you mean {close!r}?" if close else f"known: {', '.join(known)}"
    return f"{name!r}; {hint}"


def _from_text(name: str, text: str, hint: Any) -> Any:
    kind = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    if kind is bool:
        if text.lower() not in ("1", "0", "true", "false"):
            raise ConfigError(f"{name}: want true or false, not {text!r:.60}")
        return text.lower() in ("1", "true")
    if kind in (int, float):
        if not _NUMBER.fullmatch(text):  # Python's own forms, such as 1_000, are nobody's else
            raise ConfigError(f"{name}: want a number, not {text!r:.60}")
        return float(text) if kind is float else _whole(name, text)
    return text


def _whole(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError as problem:
        raise ConfigError(f"{name}: want a whole number, not {text!r:.60}") from problem


def config_markdown() -> str:
    """Return the settings reference, one table row a setting."""
    rows = [
        "| setting | variable | default | what it does |",
        "|---|---|---|---|",
    ]
    for name, hint in get_type_hints(Config, include_extras=True).items():
        default = getattr(Config(), name)
        meta = next(part for part in get_args(hint)[1:] if isinstance(part, Meta))
        variable = "" if name in TABLES else f"`{_variable(name)}`"
        rows.append(f"| `{name}` | {variable} | `{default!r}` | {meta.description} |")
    return "\n".join(rows) + "\n"
