"""What can go wrong, each with the code that OSC, REST, the command line and the log all show."""

from __future__ import annotations


class BridgeError(Exception):
    """Something a musician should be told, in one sentence: what was wrong and what would be right."""

    code = "failed"

    def __init__(self, text: str, *, code: str | None = None, field: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.field = field
        if code is not None:
            self.code = code


class ConfigError(BridgeError):
    """A setting in config.yaml is unknown or has a bad value."""

    code = "bad_config"


class RequestError(BridgeError):
    """A request names an unknown field or gives a field a bad value; nothing of it was kept."""

    code = "bad_value"


class ClipError(BridgeError):
    """A clip is missing, unreadable or holds nothing to work with."""

    code = "bad_clip"


class ComposerError(BridgeError):
    """The composer is missing something it needs."""

    code = "composer_failed"


class EngineError(BridgeError):
    """The engine is missing something it needs, or could not perform the score."""

    code = "engine_failed"


class WeightsError(BridgeError):
    """The weights of a network are not the ones that their card describes."""

    code = "bad_weights"


class DeliveryError(BridgeError):
    """The take could not be handed over: disk full, folder gone or not writable."""

    code = "delivery_failed"


class JobError(BridgeError):
    """There is no such job, or it cannot be done with it any more."""

    code = "unknown_job"


class DaemonError(BridgeError):
    """The daemon cannot start, or cannot go on."""

    code = "cannot_start"


class NoDaemonError(BridgeError):
    """No daemon answers."""

    code = "no_daemon"


class CancelledError(BridgeError):
    """The musician gave the job up; raised out of a step callback to end the work."""

    code = "cancelled"

    def __init__(self, text: str = "cancelled by the musician") -> None:
        super().__init__(text)
