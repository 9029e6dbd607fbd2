"""What a client sends, built and checked before it leaves, and the verdict made when none came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

import msgspec

from seawall import wire
from seawall.errors import WireError

__all__ = [
    "ID_BYTES",
    "ON_TIMEOUT",
    "Judged",
    "OnTimeout",
    "Sent",
    "author",
    "encode",
    "opening",
    "unchecked",
]

Judged = wire.Chat | wire.Edit | wire.Profile
"""What is answered by a verdict."""
Sent = wire.Room | wire.Join | wire.Leave | wire.Delete | wire.Acted | wire.Report | wire.Answer
"""What is answered by nothing, or by `ack` (`report`, `answer`)."""
OnTimeout = Literal["allow", "block"]
"""Fail open or fail closed."""
ON_TIMEOUT: tuple[str, ...] = get_args(OnTimeout)

ID_BYTES = 128

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(wire.ClientMessage)


def author(user: wire.Author | wire.User | Mapping[str, Any]) -> wire.Author:  # Any: caller's JSON
    """Complete a user: a missing name becomes the id, missing roles none.

    Raises WireError `bad_field` for what is no user.
    """
    if isinstance(user, wire.Author):
        return user
    if not isinstance(user, wire.User | Mapping):
        raise WireError("bad_field", f"user: want an object with an id, not {user!r}")
    fields = msgspec.structs.asdict(user) if isinstance(user, wire.User) else dict(user)
    given = {name: value for name, value in fields.items() if value is not None}
    try:
        return msgspec.convert({"name": given.get("id"), "roles": [], **given}, wire.Author)
    except msgspec.ValidationError as error:
        raise WireError("bad_field", f"user: {error}") from error


def encode(message: Judged | Sent, text_bytes: int, frame_bytes: int) -> bytes:
    """Encode a message. Raises WireError for what the gateway would refuse or close on.

    It is checked here because one bad item of a batch has the whole batch refused.
    """
    ref = getattr(message, "id", None)
    rev = getattr(message, "rev", None)
    try:
        data = _ENCODER.encode(message)
        _DECODER.decode(data)  # the encoder checks no constraint
        size = len((getattr(message, "text", None) or "").encode())
    except UnicodeEncodeError as error:
        raise WireError("bad_utf8", "a lone surrogate cannot be sent", None, rev) from error
    except (TypeError, AttributeError, msgspec.ValidationError) as error:
        raise WireError("bad_field", str(error), ref, rev) from error
    if ref is not None and len(ref.encode()) > ID_BYTES:
        raise WireError("bad_field", f"id is over {ID_BYTES} bytes", ref, rev)
    if size > text_bytes:
        raise WireError("too_large", f"the text has {size} bytes, over {text_bytes}", ref, rev)
    if len(data) > frame_bytes:
        raise WireError("too_large", f"the frame has {len(data)} bytes", ref, rev)
    return data


def opening(
    id: str,
    stream: str,
    room: str,
    user: wire.User | Mapping[str, Any],  # Any: caller's JSON
    container: str,
    viewers: int | None = None,
    codecs: list[str] | None = None,
) -> wire.StreamOpen:
    """Build a checked `stream.open`. Raises WireError for what the gateway would refuse."""
    try:
        person = user if isinstance(user, wire.User) else msgspec.convert(user, wire.User)
        message = wire.StreamOpen(id, stream, room, person, container, viewers, codecs)
        _DECODER.decode(_ENCODER.encode(message))
    except UnicodeEncodeError as error:
        raise WireError("bad_utf8", "a lone surrogate cannot be sent", id) from error
    except (TypeError, msgspec.ValidationError) as error:
        raise WireError("bad_field", str(error), id) from error
    if len(stream.encode()) > ID_BYTES:
        raise WireError("bad_field", f"stream is over {ID_BYTES} bytes", id)
    return message


def unchecked(message: Judged, action: OnTimeout, rule: str) -> wire.Verdict:
    """Make the verdict of a message that the gateway did not judge in time."""
    return wire.Verdict(
        id=message.id,
        rev=0 if isinstance(message, wire.Profile) else message.rev,
        action=action,
        reasons=[wire.Reason(rule=rule, category="unchecked", severity="low", detector="client")],
        late=True,
    )
