"""Every error Seawall raises, in one tree, split by whose fault it is.

SeawallError
├── OurFault            a bug or a broken promise of ours
│   └── InvalidTransition   a case was moved along an edge that does not exist
├── CallersFault        what was handed to us cannot be used
│   ├── PolicyError         a policy that must not go live (carries file, line, suggestion)
│   ├── ConfigError         a setting that is missing, unknown or out of range
│   │   └── UnknownName         something was named that does not exist
│   ├── WeightsError        a model's file that is cut, changed or made for something else
│   └── WireError           a frame that is not WIRE (carries the error code we answer with)
└── NetworksFault       something outside is dead, slow or lying
    ├── StateUnavailable    the windows store did not answer in time
    ├── RecordUnavailable   the journal could not be written in time
    │   └── RecordBusy          it is there, and has too much to do just now
    ├── Repeated            another gateway's verdict on the message was in the record first
    ├── NotConnected        the client has no connection to send on
    └── HandshakeRefused    the gateway refused the client for good
"""

from __future__ import annotations

__all__ = [
    "CallersFault",
    "ConfigError",
    "HandshakeRefused",
    "InvalidTransition",
    "NetworksFault",
    "NotConnected",
    "OurFault",
    "PolicyError",
    "RecordBusy",
    "RecordUnavailable",
    "Repeated",
    "SeawallError",
    "StateUnavailable",
    "UnknownName",
    "WeightsError",
    "WireError",
]


class SeawallError(Exception):
    """The root of the tree."""


class OurFault(SeawallError):
    """A bug or a broken promise of ours."""


class InvalidTransition(OurFault):
    """A case was moved along an edge its state table does not have."""


class CallersFault(SeawallError):
    """What was handed to us cannot be used."""


class PolicyError(CallersFault):
    """A policy that must not go live.

    `problems` holds one line each: ``file:line: what is wrong; did you mean …?``.
    """

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class ConfigError(CallersFault):
    """A setting that is missing, unknown or out of range."""


class UnknownName(ConfigError):
    """Something was named that does not exist: a rule, a tenant, a policy's folder."""


class WeightsError(CallersFault):
    """A model's file that cannot be used: absent, cut, changed, or made for something else."""


class WireError(CallersFault):
    """A frame that WIRE does not allow; `code` is from WIRE's error table."""

    def __init__(
        self, code: str, message: str, ref: str | None = None, rev: int | None = None
    ) -> None:
        self.code = code
        self.message = message
        self.ref = ref
        self.rev = rev
        super().__init__(f"{code}: {message}")


class NetworksFault(SeawallError):
    """Something outside is dead, slow or lying."""


class StateUnavailable(NetworksFault):
    """The windows store did not answer in time."""


class RecordUnavailable(NetworksFault):
    """The journal could not be written in time."""


class RecordBusy(RecordUnavailable):
    """The journal is there and has too much to do just now: whoever asks again later is served."""


class Repeated(NetworksFault):
    """Another gateway's verdict on the message was in the record first: that one stands."""


class NotConnected(NetworksFault):
    """The client has no connection to send on."""


class HandshakeRefused(NetworksFault):
    """The gateway refused the client, and trying again will not help."""
