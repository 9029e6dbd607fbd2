"""What people write is shown and never obeyed, in every view and wherever it came from."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.console.furnishing import Signed, signed_in
from tests.console.pages import Console, person_at
from tests.console.site import Account, ChatServer, Site

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240), pytest.mark.asyncio(loop_scope="module")]

# Whatever runs, says so in `ran`; whatever becomes an element, bears `data-evil`.
MARKUP = (
    "<script data-evil>window.ran=1</script>",
    "<img data-evil src=x onerror=window.ran=1>",
    "<svg data-evil onload=window.ran=1><a xlink:href='javascript:window.ran=1'>x</a></svg>",
    "<a data-evil href='javascript:window.ran=1'>click</a>",
    "<iframe data-evil srcdoc='<script>parent.ran=1</script>'></iframe>",
    "<style data-evil>*{display:none}</style><base data-evil href=//evil.example/>",
    "<form data-evil action=//evil.example><input autofocus onfocus=window.ran=1></form>",
    "</textarea></title></script><b data-evil onmouseover=window.ran=1>b</b><!--",
    "'\"><details data-evil open ontoggle=window.ran=1>",
    "<math><mtext><table><mglyph><style><!--</style><img data-evil src onerror=window.ran=1>",
)
PLAIN = (
    "javascript:window.ran=1 //https://evil.example/%0aalert(1)",
    "{{constructor.constructor('window.ran=1')()}} ${window.ran=1} #{7*7} <%= 7*7 %> [[x]]",
    "\u202egpj.exe\u202c evil \u2066bidi\u2069 \u200e\u200f",
    "in\u200bvis\u2060ible\u00ad \ufeff\u3164 \U000e0041\U000e0042",
    "مرحبا بالعالم giveaway שלום עולם",
    "👩‍👩‍👧‍👦" * 300,
    "Z̸̢̛͉" + "\u0301" * 900 + "algo",
    "long " + "giveaway " + "x" * 15_000,
)
CORPUS = MARKUP + PLAIN
NAME = MARKUP[1]
ROOM = "<img data-evil src=x onerror=window.ran=1>/../\u202e?a=b#c%"
LOOK = """() => ({
  ran: window.ran ?? null,
  evil: document.querySelectorAll('[data-evil]').length,
  scripts: [...document.scripts].filter(one => !one.src).length,
  links: [...document.links].filter(one => !/^https?:$/.test(one.protocol)).length,
  handlers: [...document.querySelectorAll('*')].filter(one =>
    [...one.attributes].some(each => each.name.startsWith('on'))).length,
  hidden: [...document.querySelectorAll('#content *')].filter(one =>
    [...one.childNodes].some(each => each.nodeType === 3 &&
      /[\\u202a-\\u202e\\u2066-\\u2069\\u200b\\u2060\\ufeff]/u.test(each.data)
  )).map(one => `${one.parentElement.className}>${one.tagName}.${one.className}`)
    .filter(each => !each.endsWith(".unseen"))
    .filter((each, n, all) => all.indexOf(each) === n),
  wide: document.documentElement.scrollWidth > innerWidth,
})"""
HARMLESS: dict[str, Any] = {  # as LOOK returns it
    "ran": None, "evil": 0, "scripts": 0, "links": 0, "handlers": 0, "hidden": [], "wide": False,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Attacked:
    """A tenant in which all that outsiders and insiders may write is hostile."""

    ann: Account
    chat: ChatServer
    cases: list[str]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def attacked(site: Site) -> AsyncIterator[Attacked]:
    """Write the corpus wherever something can be written."""
    tenant = site.tenant()
    ann = await tenant.person("ann", "admin", email="a@b.example")
    async with (
        tenant.server() as chat,
        tenant.reporter() as tell,
        signed_in(site.url, ann) as hers,
    ):
        for n, text in enumerate(CORPUS):
            await chat.say(f"giveaway {text}", f"user{n}", ROOM, NAME)
            await chat.say(f"insultword {text}", f"held{n}", ROOM, text[:400])
        await chat.say("giveaway", MARKUP[0], "lobby", "\u202eNAME")
        await tell({"type": "room", "room": ROOM, "topic": MARKUP[1], "viewers": 3})
        for n, text in enumerate(MARKUP):
            report = {"id": f"rep{n}", "room": ROOM, "target": f"{text}{n}"[:128], "by": text}
            await tell({"type": "report", "reason": text, "at": 1.0, "text": text, **report})
        yield Attacked(ann, chat, await _worked(hers, 2 * len(CORPUS) + 1 + len(MARKUP)))


async def _worked(hers: Signed, n: int) -> list[str]:
    """Wait for the cases; note, escalate, decide and nuke with hostile words."""
    found = await hers.until("/v1/cases?state=open&limit=200", n)
    verdicts = [each["id"] for each in found if each["about"] == "verdict"]
    for case, text in zip(verdicts, MARKUP, strict=False):
        await hers.done("POST", f"/v1/cases/{case}/notes", {"text": text})
    first, second = verdicts[0], verdicts[1]
    await hers.done("POST", f"/v1/cases/{first}/escalate", {"reason": MARKUP[0]})
    await hers.done("POST", f"/v1/cases/{second}/second", {"question": MARKUP[1]})
    decision = {"choice": "remove", "reason": MARKUP[2]}
    await hers.done("POST", f"/v1/cases/{verdicts[2]}/decision", decision)
    nuke = {"phrase": "<img data-evil", "reason": MARKUP[3], "most": 5000}
    preview = await hers.done("POST", "/v1/nukes/preview", nuke)
    await hers.done("POST", "/v1/nukes", {**nuke, "preview": preview["token"]})
    return [each["id"] for each in found]


async def harmless(console: Console, where: str) -> None:
    """Look whether anything of the corpus came to life, or hides."""
    await expect(console.page.get_by_text("Loading…")).to_have_count(0)
    found = await console.page.evaluate(LOOK)
    if found != HARMLESS:
        console.faults.append(f"{where}: { {k: v for k, v in found.items() if v != HARMLESS[k]} }")


async def test_nothing_written_comes_to_life_in_any_view(
    chromium: Browser, site: Site, attacked: Attacked
) -> None:
    async with person_at(chromium, site.url, attacked.ann) as console:
        await expect(console.rows.first).to_be_visible()
        await harmless(console, "queue")
        for view in (
            ("holds",), ("decisions",), ("rooms",), ("room", ROOM), ("streams",), ("nuke",),
            ("overview",), ("policy",), ("paging",), ("people",), ("audit",),
        ):  # fmt: skip
            await console.to(*view)
            await expect(console.page.locator("main h1").first).to_be_visible()
            await harmless(console, "/".join(view))
        await console.to("nuke", phrase="<img data-evil", room=ROOM)
        await console.button("Preview").first.click()
        await expect(console.page.locator(".hits")).to_contain_text("Type")
        await harmless(console, "nuke preview")


async def test_nothing_written_comes_to_life_in_a_case(
    chromium: Browser, site: Site, attacked: Attacked
) -> None:
    async with person_at(chromium, site.url, attacked.ann) as console:
        for case in attacked.cases:
            await console.to("case", case)
            heading = console.page.locator(".case-middle h1")
            await expect(heading).to_be_visible()
            await expect(console.page.locator(".case-side .facts")).to_be_visible()
            await harmless(console, case)


async def test_what_hides_in_a_text_is_made_visible(chromium: Browser, site: Site) -> None:
    tenant = site.tenant()
    ann = await tenant.person()
    async with tenant.server() as chat, person_at(chromium, site.url, ann) as console:
        await chat.say("giveaway \u202egpj.exe in\u200bvisible", user="mallory")
        await console.press(".")
        await expect(console.rows).to_have_count(1)
        await console.press("j", "Enter")
        hidden = console.page.locator(".message .hidden")
        await expect(hidden).to_have_text(["RLO", "ZWSP"])


async def test_hostile_words_that_arrive_live_are_no_more_than_words(
    chromium: Browser, site: Site
) -> None:
    tenant = site.tenant()
    ann = await tenant.person()
    async with (
        tenant.server() as chat,
        person_at(chromium, site.url, ann, ("room", ROOM)) as console,
    ):
        for n, text in enumerate(CORPUS):
            await chat.say(text, f"user{n}", ROOM, NAME)
        await expect(console.page.locator(".chat-row")).not_to_have_count(0)
        await expect(console.page.locator(".chat-row").last).to_contain_text("long giveaway")
        await harmless(console, "room, live")
