"""What somebody may decide about a case, what each choice would hit, and what they have seen of it.

The token of a preview holds for the steps that were shown: a case that has grown since has others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from gateway.cases.claims import why_not_decide
from gateway.deciding.ports import Event, Exempt
from gateway.deciding.recipes import Plan, Recipe, Step, effects_of, plan, recipes
from gateway.deciding.tokens import Tokens
from gateway.refusal import Refused, conflict, forbidden
from gateway.roles import Actor
from gateway.shapes.cases import BulkPreview, CaseLine, Choice, ContextLine, Member, Preview
from gateway.state.labels import Labels

__all__ = ["Author", "Offering", "Wish", "digest"]

Author = Callable[[str, str, str], str | None]
"""Says of (tenant, room, message) who wrote it, where that is still known."""
CUT_WAITS = "cut_pending"
_SAMPLE = 10
_encode = msgspec.msgpack.Encoder(order="deterministic").encode


class Wish(Struct, frozen=True):
    """What somebody wants to decide, about which cases."""

    cases: tuple[str, ...]
    choice: str
    for_s: float | None = None


class Offering:
    """Choices, previews and their tokens. `streams`: there is a hand on streams here."""

    def __init__(
        self,
        labels: Labels,
        tokens: Tokens,
        exempt: Exempt,
        author: Author,
        wall: Callable[[], float],
        *,
        streams: bool,
    ) -> None:
        self._labels = labels
        self._tokens = tokens
        self._exempt = exempt
        self._author = author
        self._wall = wall
        self._streams = streams

    def choices(self, actor: Actor, line: CaseLine, events: Sequence[Member]) -> list[Choice]:
        """Return what may be decided, the first choice first, and why not by this person."""
        members = self.named(actor.tenant, events)
        refused = why_not_decide(actor, line, self._wall())
        denied = "" if refused is None else refused.message
        offered = []
        for recipe in self._recipes(actor, line, members):
            made = self.plan(actor, line, members, recipe, None)
            offered.append(
                Choice(
                    recipe.id,
                    recipe.key,
                    effects_of(made.steps),
                    recipe.restricts,
                    recipe.timed,
                    recipe.for_s,
                    self.confirms(line, made),
                    denied or _not_on_streams(actor, line, recipe) or made.refused,
                )
            )
        return offered

    def find(
        self,
        actor: Actor,
        line: CaseLine,
        members: Sequence[Event],
        choice: str,
        for_s: float | None,
    ) -> Plan:
        """Return what a choice comes to. Raises Refused: they may not, or there is none such."""
        refused = why_not_decide(actor, line, self._wall())
        if refused is not None:
            raise refused
        offered = self._recipes(actor, line, members)
        recipe = next((each for each in offered if each.id == choice), None)
        if recipe is None:
            names = ", ".join(each.id for each in offered)
            raise Refused(422, "bad_choice", f"choice: one of {names}")
        if for_s is not None and not recipe.timed:
            raise Refused(422, "bad_field", f"for_s: {choice} takes no time")
        if _not_on_streams(actor, line, recipe):
            raise forbidden("streams.act", line.queue)
        return self.plan(actor, line, members, recipe, for_s)

    def plan(
        self,
        actor: Actor,
        line: CaseLine,
        members: Sequence[Event],
        recipe: Recipe,
        for_s: float | None,
    ) -> Plan:
        """Return the steps of a choice, the house left out."""
        tenant, now = actor.tenant, self._wall()

        def exempt(room: str, user: str) -> bool:
            owners = self._labels.facts(tenant, room, user, now).owners
            return user in owners or self._exempt(tenant, room, user)

        return plan(recipe, line, members, for_s, exempt)

    def named(self, tenant: str, members: Sequence[Member]) -> list[Member]:
        """Return a case's events with whom reports are about.

        That is the author of the message, where it is still known; else its target may be the
        user's own id.
        """
        return [self._who(tenant, each) if each.about == "report" else each for each in members]

    @staticmethod
    def confirms(line: CaseLine, made: Plan) -> bool:
        """Say whether a preview must be confirmed.

        A veto never: a countdown runs, and it leaves one stream as it is, however many events.
        """
        if not made.steps or made.recipe.id == "veto":
            return False
        return line.members > 1 or made.recipe.grave

    def preview(
        self, actor: Actor, wish: Wish, plans: Sequence[tuple[Plan, Sequence[Event]]]
    ) -> Preview:
        """Say what a choice would hit."""
        steps = [step for made, _ in plans for step in made.steps]
        hit = {(step.target_kind, step.room, step.target) for step in steps}
        sample = [event for _, members in plans for event in members[:_SAMPLE]][:_SAMPLE]
        refused = next((made.refused for made, _ in plans if made.refused), "")
        return Preview(
            self._tokens.give(actor, wish, (digest(steps),)),
            wish.choice,
            effects_of(steps),
            len({each for each in hit if each[0] == "user"}),
            len({each for each in hit if each[0] == "message"}),
            len({each[1] for each in hit}),
            sum(made.exempt for made, _ in plans),
            [_sampled(each) for each in sample],
            refused,
        )

    def check(
        self,
        actor: Actor,
        wish: Wish,
        steps: Sequence[Step],
        token: str | None,
        fresh: Preview | BulkPreview,
    ) -> None:
        """Raise Refused 409 with a `fresh` preview unless these very steps were seen."""
        try:
            seen = self._tokens.check(actor, wish, token)
        except Refused as refused:
            raise conflict(refused.code, refused.message, fresh) from refused
        if seen != (digest(steps),):
            told = "it has grown since you looked: look at what it hits now"
            raise conflict("preview_stale", told, fresh)

    def _recipes(
        self, actor: Actor, line: CaseLine, members: Sequence[Event]
    ) -> tuple[Recipe, ...]:
        standing = self._labels.of_stream(actor.tenant, line.stream, self._wall())
        waits = bool(line.stream) and CUT_WAITS in standing
        return recipes(line, members, streams=self._streams, cut_waits=waits)

    def _who(self, tenant: str, event: Member) -> Member:
        if event.user:
            return event
        return replace(event, user=self._author(tenant, event.room, event.ref) or event.ref)


def digest(steps: Sequence[Step]) -> int:
    """Return a number of 48 bits that other steps do not have."""
    return int.from_bytes(blake2b(_encode(list(steps)), digest_size=6).digest(), "big")


def _not_on_streams(actor: Actor, line: CaseLine, recipe: Recipe) -> str:
    if recipe.stream and not actor.may("streams.act", line.queue):
        return forbidden("streams.act", line.queue).message
    return ""


def _sampled(event: Event) -> ContextLine:
    return ContextLine(
        event.event, event.rev, event.at, event.user, event.name, "", event.action, mine=True
    )
