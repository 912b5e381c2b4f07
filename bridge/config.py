"""config.yaml as strict frozen values; what is wrong in it is named, with what would be right."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, Field, ValidationError, model_validator

from bridge.errors import ConfigError, RequestError
from bridge.request import Value, check_id

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
Port = Annotated[int, Field(ge=1, le=65535)]
HOME = Path("~/stepbridge")
Voices = Literal["auto", "one", "several"]
"""How many voices sound in a recording: "auto" lets it be heard."""


class OscConfig(Value):
    """Where OSC is heard, over UDP and TCP."""

    host: str = "127.0.0.1"
    port: Port = 9130


class RestConfig(Value):
    """Where REST and the web page are served."""

    host: str = "127.0.0.1"
    port: Port = 9131
    token: str = ""
    """Bearer token; must be given on any address but loopback."""

    @model_validator(mode="after")
    def _guarded(self) -> RestConfig:
        if self.host not in LOOPBACK and not self.token:
            raise ValueError(f"token: {self.host} can be reached from other machines, so rest.token must be set")
        return self


class FoldersConfig(Value):
    """Where files come from and go to; relative paths count from the folder of config.yaml."""

    inbox: Path = HOME / "inbox"
    outbox: Path = HOME / "outbox"
    clips: tuple[Path, ...] = (HOME / "clips",)
    state: Path = HOME / "state"


def _switch(text: str) -> str:
    kind, _, number = text.partition(" ")
    if text and not (kind in {"cc", "note"} and number in _MIDI_NUMBERS):
        raise ValueError('is written like "cc 64" or "note 36", numbers 0 to 127; "" is none')
    return text


def _clip_id(text: str) -> str:
    try:
        return check_id(text, "clip")
    except RequestError as error:
        raise ValueError(error.text) from None


_MIDI_NUMBERS = frozenset(map(str, range(128)))
Switch = Annotated[str, AfterValidator(_switch)]
"""A controller or key that is a foot switch."""


class MidiConfig(Value):
    """The MIDI port that takes what is played."""

    port: str = "stepbridge"
    """Name of the virtual port; "" opens none."""
    clip: Annotated[str, AfterValidator(_clip_id)] = "live"
    """Id of the clip that a foot switch records."""
    record_by: Switch = ""
    """Begins a recording, and ends one."""
    start_by: Switch = ""
    stop_by: Switch = ""
    rolling_bars: Annotated[int, Field(ge=0, le=64)] = 8
    """How much of what was just played makes a clip without a recording; 0: none."""
    quantise: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0
    """How far note starts are drawn to the grid: 0 not at all, 1 onto it."""
    grid_beats: Annotated[float, Field(ge=1 / 64, le=4.0)] = 0.25


class HumConfig(Value):
    """How recordings are read."""

    voices: Voices = "auto"


class LiveConfig(Value):
    """Where AbletonOSC listens, for `/stepbridge/clip/live`."""

    host: str = "127.0.0.1"
    port: Port = 11000
    reply_port: Port = 11001
    """Where it sends its answers, whoever asks."""


class MixConfig(Value):
    """Levels of a finished take."""

    lufs: Annotated[float, Field(ge=-40.0, le=-6.0)] = -16.0
    """Integrated loudness of the mix (ITU-R BS.1770-4)."""
    true_peak_db: Annotated[float, Field(ge=-20.0, le=0.0)] = -1.0
    """Highest true peak of mix and stems, in dBTP."""


class DeliveryConfig(Value):
    """What deliveries hold, whoever asked for them."""

    midi_tempo: bool = True
    """Whether MIDI files say the tempo; without it no DAW asks what to do with it."""


class RayConfig(Value):
    """The cluster that `runner: ray` sends jobs to."""

    address: str = "auto"


class Config(Value):
    """Every setting, with its default."""

    osc: OscConfig = OscConfig()
    rest: RestConfig = RestConfig()
    folders: FoldersConfig = FoldersConfig()
    midi: MidiConfig = MidiConfig()
    hum: HumConfig = HumConfig()
    live: LiveConfig = LiveConfig()
    mix: MixConfig = MixConfig()
    delivery: DeliveryConfig = DeliveryConfig()
    engine: str = "auto"
    composer: str = "auto"
    soundfont: Path | None = None
    """The musician's own SoundFont; None plays the one that comes with stepbridge."""
    threads: Annotated[int, Field(ge=1, le=256)] = 1
    runner: Literal["local", "ray"] = "local"
    ray: RayConfig = RayConfig()
    log_level: Literal["debug", "info", "warning", "error"] = "info"


class _StrictLoader(yaml.SafeLoader):
    """Refuses a key that is given twice, of which YAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - as in PyYAML
        names = [key.value for key, _ in node.value]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise yaml.constructor.ConstructorError(None, None, f"{twice} is given twice", node.start_mark)
        return super().construct_mapping(node, deep)


def load(path: Path | None = None) -> Config:
    """Return the settings of `path`, else $STEPBRIDGE_CONFIG, else ./config.yaml, else the defaults; raises ConfigError."""
    chosen = _chosen(path)
    return read(chosen) if chosen else parse({}, Path.cwd())


def _chosen(path: Path | None) -> Path | None:
    if path is None and os.environ.get("STEPBRIDGE_CONFIG"):
        path = Path(os.environ["STEPBRIDGE_CONFIG"])
    if path is None:
        return Path("config.yaml") if Path("config.yaml").is_file() else None
    return path


def read(path: Path) -> Config:
    """Return the settings in this file; raises ConfigError where it is missing, not YAML, or says something unknown."""
    try:
        settings = yaml.load(path.read_text(encoding="utf-8"), _StrictLoader)  # noqa: S506 - a SafeLoader
    except OSError as error:
        raise ConfigError(f"config {path}: cannot be read ({error.strerror})") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"config {path}: is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(settings, dict | None):
        raise ConfigError(f"config {path}: must be a list of settings such as `engine: sampler`")
    return parse(settings or {}, path.resolve().parent)


def parse(settings: dict[str, Any], folder: Path) -> Config:
    """Return checked settings, paths made absolute from `folder`; raises ConfigError naming the key and the good ones."""
    try:
        config = Config.model_validate(settings)
    except ValidationError as error:
        raise _refusal(error) from None
    folders = config.folders
    return config.model_copy(
        update={
            "folders": FoldersConfig(
                inbox=_absolute(folders.inbox, folder),
                outbox=_absolute(folders.outbox, folder),
                clips=tuple(_absolute(path, folder) for path in folders.clips),
                state=_absolute(folders.state, folder),
            ),
            "soundfont": _absolute(config.soundfont, folder) if config.soundfont else None,
        }
    )


def _absolute(path: Path, folder: Path) -> Path:
    return (folder / path.expanduser()).resolve()


def _refusal(error: ValidationError) -> ConfigError:
    first = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        good = _good_keys(first["loc"][:-1])
        close = difflib.get_close_matches(str(first["loc"][-1]), good, n=1)
        meant = f"did you mean {close[0]}? " if close else ""
        return ConfigError(f"config {key}: unknown setting; {meant}The settings here are {', '.join(good)}", field=key)
    reason = str(first.get("ctx", {}).get("error", first["msg"]))
    return ConfigError(f"config {key}: {reason} (got {first['input']!r:.80})", field=key)


def _good_keys(location: tuple[int | str, ...]) -> list[str]:
    model: Any = Config
    for part in location:
        model = model.model_fields[part].annotation
    return list(model.model_fields)
