"""The protocol's messages, version 1: the one definition that code and reference share.

Rules:
1. Adding a type or an optional field is allowed; renaming or removing is not.
2. Unknown fields are ignored, an unknown `type` is an error, required fields are strict.
3. Times are seconds since the epoch, durations end in `_s` or `_ms`, spans are [start, end) in
   code points of the text as sent.
4. Values here are what stands on the wire; `events.py` holds what they mean.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from seawall.actions import Action, Target
from seawall.events import Surface

__all__ = [
    "BATCH_ITEMS",
    "CLIENT_TYPES",
    "CLOSE_CODES",
    "ERROR_CODES",
    "FRAME_BYTES",
    "HEADER",
    "MEDIA_FRAME_BYTES",
    "SERVER_TYPES",
    "SUBPROTOCOL",
    "TEXT_BYTES",
    "VERSION",
    "Ack",
    "Acted",
    "Answer",
    "Attachment",
    "Batch",
    "Budget",
    "Bye",
    "Chat",
    "ClientMessage",
    "Command",
    "Coverage",
    "Credit",
    "Delete",
    "Done",
    "Edit",
    "Error",
    "Failed",
    "Finding",
    "Hello",
    "HelloReply",
    "Hold",
    "Join",
    "Leave",
    "Limits",
    "Memory",
    "Named",
    "Profile",
    "Reason",
    "Report",
    "Resume",
    "Room",
    "ServerMessage",
    "StreamClose",
    "StreamOpen",
    "StreamOpened",
    "StreamStat",
    "Unchecked",
    "User",
    "Verdict",
    "Verdicts",
]

VERSION = 1
SUBPROTOCOL = "seawall.v1"
HEADER = ">IIQ"
"""Struct format of a binary frame's header: stream handle, sequence, capture time in ms."""
TEXT_BYTES = 16 * 1024
FRAME_BYTES = 256 * 1024
MEDIA_FRAME_BYTES = 1024 * 1024
BATCH_ITEMS = 256

Id = Annotated[
    str, Meta(min_length=1, max_length=128, description="1 to 128 bytes, unique per tenant")
]
Name = Annotated[str, Meta(max_length=512, description="at most 512 characters")]
Time = Annotated[float, Meta(description="seconds since the epoch")]
Seconds = Annotated[float, Meta(description="seconds")]
Score = Annotated[float, Meta(description="0 to 1")]
Rev = Annotated[int, Meta(ge=0, le=2**31 - 1, description="0 for a new message, then the edits")]

ERROR_CODES: dict[str, str] = {
    "bad_json": "The frame is not a JSON object. Send one object per text frame.",
    "bad_utf8": "The text frame is not valid UTF-8.",
    "unknown_type": "`type` names no message of this version.",
    "bad_field": "A field is missing, has the wrong type, or an impossible value.",
    "hello_first": "The first message of a connection must be `hello`.",
    "too_large": "The text is over 16 KiB.",
    "batch_too_large": "A batch holds over 256 items. It was refused whole.",
    "id_reused": "This (id, rev) was already used with other content.",
    "unknown_stream": "No open stream has this handle or id: never opened, ended, or closed by us.",
    "not_allowed": "The key's role does not permit this message.",
    "rate": "Too many messages for this connection. Slow down; the message was not accepted.",
    "overloaded": "The gateway cannot accept this now. Send it again after `retry_after`.",
    "unsupported": "This gateway does not do that (yet).",
}
"""Codes of `error`; the connection lives on."""

CLOSE_CODES: dict[int, tuple[str, str]] = {
    1001: ("draining", "The gateway is shutting down. Reconnect."),
    1002: ("protocol_error", "A frame broke RFC 6455. Do not retry unchanged."),
    1007: ("garbage", "Too much of what was sent could not be read. Do not retry unchanged."),
    1009: (
        "too_large",
        "A frame over 256 KiB (chat) or 1 MiB (media). Do not retry unchanged.",
    ),
    4001: ("key_revoked", "The key was revoked. Do not retry."),
    4002: ("slow_consumer", "You did not read what was sent to you. Retry."),
    4003: ("rate", "Far over the rate limit. Retry after `retry_after` of the `bye`."),
    4004: ("protocol", "The protocol was broken beyond repair. Do not retry."),
}
"""Close codes: their name and what the server should do."""


class User(Struct, frozen=True, omit_defaults=True, gc=False):
    """The person who wrote a message."""

    id: Id
    name: Name | None = None
    roles: list[str] | None = None
    created_at: Time | None = None
    first_seen: Time | None = None
    risk: Score | None = None
    device: Name | None = None
    ip: Annotated[str, Meta(max_length=128, description="hashed by the sender")] | None = None


class Author(Struct, frozen=True, omit_defaults=True, gc=False):
    """The author of a `chat` or `edit`: id, name and roles are required."""

    id: Id
    name: Name
    roles: list[str]
    created_at: Time | None = None
    first_seen: Time | None = None
    risk: Score | None = None
    device: Name | None = None
    ip: Annotated[str, Meta(max_length=128, description="hashed by the sender")] | None = None


class Named(Struct, frozen=True, omit_defaults=True, gc=False):
    """The owner of a `profile`: id and name are required."""

    id: Id
    name: Name
    roles: list[str] | None = None
    created_at: Time | None = None
    first_seen: Time | None = None
    risk: Score | None = None
    device: Name | None = None
    ip: Annotated[str, Meta(max_length=128, description="hashed by the sender")] | None = None


class Attachment(Struct, frozen=True, omit_defaults=True):
    """A file that came with a message."""

    kind: Name
    mime: Name | None = None
    size: int | None = None
    sha256: Name | None = None
    url: Annotated[str, Meta(max_length=4096)] | None = None


class Hello(Struct, frozen=True, tag="hello", omit_defaults=True):
    """First message of a connection: who you are and which rooms you serve (`["*"]` for all)."""

    server: Id
    rooms: Annotated[list[Id], Meta(min_length=1, max_length=10_000)]


class Room(Struct, frozen=True, tag="room", omit_defaults=True):
    """What a room is about now. Absent fields leave what was known."""

    room: Id
    topic: Name | None = None
    mode: Name | None = None
    viewers: Annotated[int, Meta(ge=0)] | None = None
    owners: list[Id] | None = None


class Chat(Struct, frozen=True, tag="chat", omit_defaults=True, gc=False):
    """A message to be judged. Answered by exactly one `verdict`."""

    id: Id
    room: Id
    user: Author
    text: str
    at: Time
    surface: Surface
    rev: Rev = 0
    lang: Name | None = None
    parent: Id | None = None
    attachments: list[Attachment] | None = None


class Edit(Struct, frozen=True, tag="edit", omit_defaults=True, gc=False):
    """A whole message in its new form, judged afresh. Answered by exactly one `verdict`."""

    id: Id
    room: Id
    user: Author
    text: str
    at: Time
    surface: Surface
    rev: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    lang: Name | None = None
    parent: Id | None = None
    attachments: list[Attachment] | None = None


class Delete(Struct, frozen=True, tag="delete"):
    """A message is gone from the platform."""

    id: Id
    room: Id
    by: Id
    at: Time


class Join(Struct, frozen=True, tag="join"):
    """A user came into a room."""

    room: Id
    user: User
    at: Time


class Leave(Struct, frozen=True, tag="leave"):
    """A user left a room."""

    room: Id
    user: User
    at: Time


class Batch(Struct, frozen=True, tag="batch"):
    """Up to 256 messages in one frame. Verdicts may come together as `verdicts`.

    One bad item refuses the whole batch: a single `error`, with that item's `ref` where it has an
    id that can be read, and no verdict for any of them. Send the others again.
    """

    items: list[Chat | Edit | Join | Leave]


class Profile(Struct, frozen=True, tag="profile", omit_defaults=True):
    """A user's name, bio or avatar to be judged. Answered by a `verdict`."""

    id: Id
    user: Named
    at: Time
    bio: str | None = None
    avatar: Annotated[str, Meta(max_length=4096)] | None = None
    text: str | None = None


class Report(Struct, frozen=True, tag="report", omit_defaults=True):
    """A user reported somebody or something. Answered by `ack`."""

    id: Id
    room: Id
    target: Id
    reason: Name
    by: Id
    at: Time
    text: str | None = None


class Acted(Struct, frozen=True, tag="acted", omit_defaults=True):
    """The platform's own moderators did something by themselves; Seawall respects it.

    Of a message: `restore approve remove delete block`. Of a user: `ban kick mute read_only slow
    verified` (or `verify`); of a room: `links_off locked` (or `lock`) `shield slow_all` (or
    `slow_mode`) `verified_only`; of a stream: `blur cut mute_audio mute_video`; `un` before one of
    these takes it back (`unmute`). `care` and `warn` of a user and `warn` of a stream are recorded
    and put nothing in force. Any other word is a `bad_field`, and so is a target without its `id`
    (of a room: `room`).
    """

    target: Target
    kind: Name
    by: Id
    at: Time
    until: Time | None = None


class Answer(Struct, frozen=True, tag="answer", omit_defaults=True):
    """A flagged user answered a notice or a verification. Answered by `ack`.

    What it says is kept only where `ref` names a decision that is recorded, as that user's.
    """

    id: Id
    ref: Id
    at: Time
    outcome: Name | None = None
    text: str | None = None


class StreamOpen(Struct, frozen=True, tag="stream.open", omit_defaults=True):
    """A stream begins, or goes on after a break (`resume`). Answered by `stream.opened`."""

    id: Id
    stream: Id
    room: Id
    user: User
    container: Name
    viewers: Annotated[int, Meta(ge=0)] | None = None
    codecs: Annotated[list[Name], Meta(max_length=32)] | None = None
    at: Time | None = None
    resume: bool = False


class StreamStat(Struct, frozen=True, tag="stream.stat", omit_defaults=True):
    """How many watch a stream now."""

    stream: Id
    viewers: Annotated[int, Meta(ge=0)] | None = None
    reason: Name | None = None


class StreamClose(Struct, frozen=True, tag="stream.close", omit_defaults=True):
    """A stream ended."""

    stream: Id
    viewers: Annotated[int, Meta(ge=0)] | None = None
    reason: Name | None = None


class Done(Struct, frozen=True, tag="done", omit_defaults=True):
    """A command was carried out. The first `done` completes it."""

    command: Id
    at: Time | None = None


class Failed(Struct, frozen=True, tag="failed", omit_defaults=True):
    """A command could not be carried out."""

    command: Id
    reason: Name | None = None


class Resume(Struct, frozen=True, tag="resume"):
    """After a reconnect: send again every command of that session without an end."""

    session: Id


class Reason(Struct, frozen=True, omit_defaults=True, gc=False):
    """Why: one finding, for the platform and for the record."""

    rule: str
    category: str
    severity: str
    score: Score = 1.0
    span: tuple[int, int] | None = None
    detector: str = ""


class Budget(Struct, frozen=True):
    """How long a verdict on a surface may take, and what happens when it does."""

    ms: float
    on_timeout: str


class Limits(Struct, frozen=True):
    """What one connection may send. `rate` is messages a second, `inflight` messages unanswered."""

    text_bytes: int
    frame_bytes: int
    batch_items: int
    inflight: int
    rate: float


class Memory(Struct, frozen=True):
    """How long, and in how many bytes, answered ids are remembered."""

    s: float
    bytes: int


class HelloReply(Struct, frozen=True, tag="hello"):
    """The gateway's greeting: your session, the policy in force, budgets and limits.

    `at` is the gateway's own clock as it answered: hold it against yours. 0: it did not tell.
    """

    session: str
    version: int
    policy: str
    budgets: dict[str, Budget]
    limits: Limits
    memory: Memory
    degraded: list[str]
    at: float = 0.0


class Verdict(Struct, frozen=True, tag="verdict", gc=False):
    """What to do about one message, and why. One for each (id, rev)."""

    id: str
    rev: int
    action: str
    actions: list[Action] = []
    reasons: list[Reason] = []
    text: str | msgspec.UnsetType = msgspec.UNSET
    shadow: list[Reason] | msgspec.UnsetType = msgspec.UNSET
    notice: str | msgspec.UnsetType = msgspec.UNSET
    until: Time | msgspec.UnsetType = msgspec.UNSET
    late: bool = False
    ms: dict[str, float] = {}
    policy: str = ""


class Verdicts(Struct, frozen=True, tag="verdicts"):
    """Several verdicts in one frame."""

    items: list[Verdict]


class Command(Struct, frozen=True, tag="command", omit_defaults=True):
    """Something the server must do and answer with `done` or `failed`.

    `for_s` 0 takes the restriction back; `for_s` absent means until reversed. `until` is when the
    command itself is too old to be carried out.
    """

    id: str
    seq: int
    kind: str
    target: Target
    for_s: Seconds | None = None
    until: Time | None = None
    because: str | None = None


class Hold(Struct, frozen=True, tag="hold"):
    """A held message was decided."""

    id: str
    rev: int
    outcome: Literal["approved", "denied", "expired"]


class Ack(Struct, frozen=True, tag="ack"):
    """Heard; nothing else follows."""

    ref: str


class StreamOpened(Struct, frozen=True, tag="stream.opened", omit_defaults=True):
    """A stream may send: its handle, bytes of credit, and where to.

    After a `resume`, `next` is the number of the piece to go on with; absent, all begins anew.
    """

    stream: str
    handle: int
    credit: int
    endpoint: str | None = None
    next: int | None = None


class Credit(Struct, frozen=True, tag="credit"):
    """More bytes may be sent on a stream."""

    stream: str
    bytes: int


class Finding(Struct, frozen=True, tag="finding", rename={"from_": "from", "to_": "to"}):
    """Something found in a stream. `id` names the decision; `until`: when a waiting cut is due."""

    stream: str
    surface: Surface
    from_: float
    to_: float
    action: str
    reasons: list[Reason]
    late: bool
    id: str | msgspec.UnsetType = msgspec.UNSET
    until: Time | msgspec.UnsetType = msgspec.UNSET


class Unchecked(Struct, frozen=True, rename={"from_": "from", "to_": "to"}):
    """A part of a stream that nobody examined in time."""

    from_: float
    to_: float
    unit: str
    cause: str


class Coverage(Struct, frozen=True, tag="coverage", rename={"from_": "from", "to_": "to"}):
    """Which share of a stream's speech and frames was examined.

    `voiced` is the share of the examined sound in which speech was found; absent without any sound.
    """

    stream: str
    from_: float
    to_: float
    speech: float
    frames: float
    unchecked: list[Unchecked]
    voiced: float | msgspec.UnsetType = msgspec.UNSET


class Error(Struct, frozen=True, tag="error"):
    """Something was wrong with what you sent. The connection lives."""

    ref: str | None
    rev: int | None
    code: str
    message: str
    retry_after: Seconds | msgspec.UnsetType = msgspec.UNSET


class Bye(Struct, frozen=True, tag="bye"):
    """The gateway closes the connection next."""

    why: str
    retry_after: Seconds | None = None


CLIENT_TYPES: tuple[type[Any], ...] = (
    Hello,
    Room,
    Chat,
    Edit,
    Delete,
    Batch,
    Join,
    Leave,
    Profile,
    Report,
    Acted,
    Answer,
    StreamOpen,
    StreamStat,
    StreamClose,
    Done,
    Failed,
    Resume,
)
SERVER_TYPES: tuple[type[Any], ...] = (
    HelloReply,
    Verdict,
    Verdicts,
    Command,
    Hold,
    Ack,
    StreamOpened,
    Credit,
    Finding,
    Coverage,
    Error,
    Bye,
)

ClientMessage = (
    Hello
    | Room
    | Chat
    | Edit
    | Delete
    | Batch
    | Join
    | Leave
    | Profile
    | Report
    | Acted
    | Answer
    | StreamOpen
    | StreamStat
    | StreamClose
    | Done
    | Failed
    | Resume
)
ServerMessage = (
    HelloReply
    | Verdict
    | Verdicts
    | Command
    | Hold
    | Ack
    | StreamOpened
    | Credit
    | Finding
    | Coverage
    | Error
    | Bye
)
