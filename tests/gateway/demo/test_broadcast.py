"""What the demo shows of its stream follows from the lines of `seawall send`."""

from __future__ import annotations

import msgspec

from gateway.demo.broadcast import Broadcast, Told


def _told(**fields: object) -> Told:
    return msgspec.convert(fields, Told)


def _command(kind: str, for_s: float | None = None) -> Told:
    return _told(type="command", kind=kind, for_s=for_s, target={"kind": "stream"})


def _cut_at(at: float) -> Told:
    reasons = [{"rule": "demo-cut"}]
    return _told(
        type="finding", surface="frame", action="cut", reasons=reasons, **{"from": at, "to": at}
    )


def test_a_cut_is_measured_from_the_frame_that_led_to_it() -> None:
    broadcast = Broadcast()
    broadcast.tell(_told(type="opened"), 100.0)
    broadcast.tell(_cut_at(106.0), 106.2)
    broadcast.tell(_cut_at(107.0), 107.2)
    assert broadcast.tell(_command("cut"), 111.5) == "command cut stream nora_charts"
    assert (broadcast.state, broadcast.dark_s) == ("cut", 5.5)
    broadcast.tell(_told(type="closed", reason="cut"), 111.6)
    assert broadcast.state == "cut"
    assert "dark 5.5 s" in "\n".join(broadcast.summary())


def test_what_is_taken_back_is_live_again() -> None:
    broadcast = Broadcast()
    broadcast.tell(_told(type="opened"), 100.0)
    states = []
    for for_s in (60.0, 0.0):
        broadcast.tell(_command("blur", for_s), 101.0)
        states.append(broadcast.state)
    assert states == ["blurred", "live"]


def test_a_stream_that_ends_by_itself_is_not_cut() -> None:
    broadcast = Broadcast()
    broadcast.tell(_told(type="opened"), 100.0)
    broadcast.tell(_told(type="coverage", to=5.0, speech=1.0, frames=0.5), 105.0)
    assert broadcast.tell(_told(type="closed", reason="ended"), 118.0)
    assert (broadcast.state, broadcast.frames, broadcast.dark_s) == ("ended", 0.5, None)


def test_what_was_examined_is_the_mean_of_all_that_was_reported() -> None:
    broadcast = Broadcast()
    for from_, to, share in ((100.0, 106.0, 1.0), (106.0, 108.0, 0.0), (108.0, 108.0, 0.0)):
        broadcast.tell(
            _told(type="coverage", speech=1.0, frames=share, **{"from": from_, "to": to}), to
        )
    assert (broadcast.speech, broadcast.frames) == (1.0, 0.75)


def test_commands_to_users_are_not_the_streams() -> None:
    broadcast = Broadcast()
    told = _told(type="command", kind="mute", target={"kind": "user"})
    assert broadcast.tell(told, 1.0) is None
    assert broadcast.state == "waiting"


def test_a_line_of_an_unknown_kind_says_nothing() -> None:
    assert Broadcast().tell(_told(type="hello"), 1.0) is None
