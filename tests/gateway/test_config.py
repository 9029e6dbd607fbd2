"""Settings: defaults, file, variables and command line in that order; errors name the setting."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given, strategies as st

from gateway.config import TABLES, Config, config_markdown, load_config, shipped_policy
from seawall.errors import ConfigError

NAMES = Config.__struct_fields__


def toml(folder: Path, text: str) -> str:
    path = folder / "seawall.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_without_a_word_everything_has_a_default() -> None:
    config = load_config(None, {})
    assert config == Config()
    assert (config.listen, config.http) == ("127.0.0.1:7400", "127.0.0.1:7401")
    assert (config.data, config.redis, config.tenants) == ("./seawall-data", "embedded", {})
    assert config.policy_folder() == shipped_policy()
    assert Path(config.policy_folder(), "policy.yaml").is_file()


def test_it_cannot_be_changed_once_read() -> None:
    with pytest.raises(AttributeError):
        Config().rate = 5.0  # type: ignore[misc]


def test_a_file_sets_what_it_names(tmp_path: Path) -> None:
    path = toml(
        tmp_path,
        'listen = "0.0.0.0:1"\nrate = 5\nlog_text = true\npolicy = "p"\n'
        '[tenants]\nacme = "acme.yaml"\n',
    )
    config = load_config(path, {})
    assert (config.listen, config.rate, config.log_text) == ("0.0.0.0:1", 5.0, True)
    assert config.tenants == {"acme": "acme.yaml"}
    assert config.policy_folder() == "p"
    assert config.http == Config().http


def test_a_file_sets_what_looks_and_listens(tmp_path: Path) -> None:
    path = toml(
        tmp_path,
        'media = true\nmedia_see = "pdq"\nmedia_hear = false\nmedia_device = "cuda"\n'
        'media_threads = 4\nmedia_streams = 8\n[hashes]\nweapons = "weapons.txt"\n',
    )
    config = load_config(path, {"SEAWALL_MEDIA_STREAMS": "9"})
    assert (config.media, config.media_see, config.media_hear) == (True, "pdq", False)
    assert (config.media_device, config.media_threads, config.media_streams) == ("cuda", 4, 9)
    assert config.hashes == {"weapons": "weapons.txt"}
    assert config.weights_folder() == str(Path(config.data) / "weights")
    assert not Config().media, "streams are taken in where somebody said so"


def test_the_later_word_counts_file_variable_command_line(tmp_path: Path) -> None:
    path = toml(tmp_path, 'listen = "file:1"\nhttp = "file:2"\ndata = "file"\n')
    environ = {"SEAWALL_HTTP": "variable:2", "SEAWALL_DATA_DIR": "variable", "HOME": "/"}
    config = load_config(path, environ, data="line", listen=None, policy=None)
    assert (config.listen, config.http, config.data) == ("file:1", "variable:2", "line")


@pytest.mark.parametrize("name", [name for name in NAMES if name not in TABLES])
def test_every_setting_has_a_variable(name: str) -> None:
    texts: dict[type, tuple[str, object]] = {
        bool: ("true", True),
        int: ("17", 17),
        float: ("17.5", 17.5),
        str: ("words", "words"),
    }
    text, value = texts[type(getattr(Config(), name))]
    text, value = {"log_level": ("error",) * 2, "media_device": ("cuda",) * 2}.get(
        name, (text, value)
    )
    variable = "SEAWALL_DATA_DIR" if name == "data" else f"SEAWALL_{name.upper()}"
    assert getattr(load_config(None, {variable: text}), name) == value


@pytest.mark.parametrize(
    ("text", "value"), [("1", True), ("TRUE", True), ("0", False), ("False", False)]
)
def test_a_switch_is_true_or_false(text: str, value: bool) -> None:
    assert load_config(None, {"SEAWALL_DEBUG_ECHO": text}).debug_echo is value


@pytest.mark.parametrize(
    "other",
    [
        "SEAWALL_DATA",
        "SEAWALL_KEY",
        "SEAWALL_SECRET",
        "SEAWALL_SERVICE_HOST",
        "SEAWALL_SERVICE_PORT_HTTP",
        "SEAWALL_PORT",
        "SEAWALL_PORT_7400_TCP_ADDR",
        "SEAWALL_VALKEY_SERVICE_HOST",
        "SEAWALL_VALKEY_SERVICE_PORT",
        "SEAWALL_VALKEY_PORT",
        "SEAWALL_VALKEY_PORT_6379_TCP",
        "SEAWALL_EDGE_INTERNAL_PORT_7400_UDP_PROTO",
        "seawall_listen",
        "MY_SEAWALL_LISTEN",
    ],
)
def test_variables_of_others_are_none_of_ours(other: str) -> None:
    assert load_config(None, {other: "tcp://10.0.0.1:80"}) == Config()


@pytest.mark.parametrize("name", NAMES)
def test_no_setting_looks_like_a_variable_of_somebody_elses_service(name: str) -> None:
    variable = "SEAWALL_DATA_DIR" if name == "data" else f"SEAWALL_{name.upper()}"
    try:
        given = load_config(None, {variable: "tcp://10.0.0.1:80"})
    except ConfigError:
        return  # it was looked at
    assert getattr(given, name) == "tcp://10.0.0.1:80"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("SEAWALL_HTTP_PORT", "unknown variable 'SEAWALL_HTTP_PORT'"),
        ("SEAWALL_LISTN", "'SEAWALL_LISTN'; did you mean 'SEAWALL_LISTEN'?"),
        ("SEAWALL_DATADIR", "did you mean 'SEAWALL_DATA_DIR'?"),
        ("SEAWALL_log_text", "'SEAWALL_log_text'; "),
        ("SEAWALL_X", "'SEAWALL_X'"),
        ("SEAWALL_", "'SEAWALL_'"),
        ("SEAWALL_TENANTS", "SEAWALL_TENANTS: tenants can only be set in the settings file"),
        ("SEAWALL_HASHES", "SEAWALL_HASHES: hashes can only be set in the settings file"),
    ],
)
def test_a_variable_that_is_no_setting_is_told(name: str, told: str) -> None:
    with pytest.raises(ConfigError) as problem:
        load_config(None, {name: "x"})
    assert told in str(problem.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rates = 5", "unknown setting 'rates'; did you mean 'rate'?"),
        ("x = 5", "unknown setting 'x'; known: listen, http, data"),
        ('rate = "fast"', "rate"),
        ("rate = 0", "rate"),
        ("rate = nan", "rate"),
        ("memory_s = nan", "memory_s"),
        ("egress_s = inf", "egress_s"),
        ("inflight = 0", "inflight"),
        ("inflight = 1.5", "inflight"),
        ("memory_s = 121", "memory_s"),
        ("memory_mb = 65", "memory_mb"),
        ("redis_memory_mb = 7", "redis_memory_mb"),
        ('log_level = "loud"', "log_level"),
        ("log_text = 1", "log_text"),
        ("listen = 7400", "listen"),
        ("tenants = 5", "tenants"),
        ("[tenants]\nacme = 5", "tenants"),
        ("hashes = 'file'", "hashes"),
        ("[hashes]\nweapons = ''", "hashes: want a name and a file for each"),
        ("media = 1", "media"),
        ("media_hear = 'yes'", "media_hear"),
        ('media_device = "tpu"', "media_device"),
        ("media_threads = 0", "media_threads"),
        ("media_streams = 0", "media_streams"),
        ("media_stream = 5", "'media_stream'; did you mean 'media_streams'?"),
        ("listen = ", "Invalid value"),
        ("listen = 'a:1'\nlisten = 'b:1'", "overwrite"),
    ],
)
def test_a_file_that_is_wrong_is_named_with_its_setting(
    tmp_path: Path, text: str, told: str
) -> None:
    path = toml(tmp_path, text)
    with pytest.raises(ConfigError) as problem:
        load_config(path, {})
    assert path in str(problem.value)
    assert told in str(problem.value)
    assert "\n" not in str(problem.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: No such file"):
        load_config(str(tmp_path / "nowhere.toml"), {})
    with pytest.raises(ConfigError, match="Is a directory"):
        load_config(str(tmp_path), {})
    path = tmp_path / "latin.toml"
    path.write_bytes(b'listen = "\xff"')
    with pytest.raises(ConfigError, match=r"latin\.toml"):
        load_config(str(path), {})


@pytest.mark.parametrize("tenant", ['"" = "t.yaml"', 'acme = ""'])
def test_a_tenant_has_a_name_and_a_file(tmp_path: Path, tenant: str) -> None:
    path = tmp_path / "seawall.toml"
    path.write_text(f"[tenants]\n{tenant}\n")
    with pytest.raises(ConfigError, match="tenants: want a name and a file"):
        load_config(str(path), {})


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("SEAWALL_RATE", "fast", "SEAWALL_RATE: want a number, not 'fast'"),
        ("SEAWALL_RATE", "", "SEAWALL_RATE: want a number, not ''"),
        ("SEAWALL_INFLIGHT", "1.5", "SEAWALL_INFLIGHT: want a whole number, not '1.5'"),
        ("SEAWALL_LOG_TEXT", "maybe", "SEAWALL_LOG_TEXT: want true or false, not 'maybe'"),
        ("SEAWALL_RATE", "nan", "SEAWALL_RATE: want a number, not 'nan'"),
        ("SEAWALL_RATE", "inf", "SEAWALL_RATE: want a number, not 'inf'"),
        ("SEAWALL_RATE", "-1", "rate"),
        ("SEAWALL_LOG_LEVEL", "loud", "log_level"),
        ("SEAWALL_QUEUE", "1_000", "SEAWALL_QUEUE: want a number, not '1_000'"),
        ("SEAWALL_QUEUE", " 5", "SEAWALL_QUEUE: want a number, not ' 5'"),
        ("SEAWALL_QUEUE", "٣", "SEAWALL_QUEUE: want a number"),
        ("SEAWALL_QUEUE", "9" * 500, "SEAWALL_QUEUE: want a number, not '999"),
        ("SEAWALL_DRAIN_S", "1e308", "drain_s"),
        ("SEAWALL_REDIS_MEMORY_MB", "99999999", "redis_memory_mb"),
        ("SEAWALL_DATA_DIR", "a\0b", "data: want a text"),
        ("SEAWALL_LISTEN", "", "listen: want a text, not ''"),
    ],
)
def test_a_variable_that_is_wrong_is_named(name: str, text: str, told: str) -> None:
    with pytest.raises(ConfigError) as problem:
        load_config(None, {name: text})
    assert told in str(problem.value)


def test_the_reference_has_every_setting_with_its_variable_default_and_words() -> None:
    lines = config_markdown().splitlines()[2:]
    assert [line.split("|")[1].strip() for line in lines] == [f"`{name}`" for name in NAMES]
    for line, name in zip(lines, NAMES, strict=True):
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        variable = {"data": "`SEAWALL_DATA_DIR`", **dict.fromkeys(TABLES, "")}.get(name)
        assert cells[1] == (f"`SEAWALL_{name.upper()}`" if variable is None else variable)
        assert cells[2] == f"`{getattr(Config(), name)!r}`"
        assert cells[3].endswith(".")


@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=20)))
def test_whatever_variables_hold_it_is_a_config_or_told(texts: dict[str, str]) -> None:
    environ = {f"SEAWALL_{name.upper()}": text for name, text in texts.items() if name != "data"}
    try:
        config = load_config(None, environ)
    except ConfigError:
        return
    assert msgspec.convert(msgspec.to_builtins(config), Config) == config
