"""axe-core looks at an open page: what is against WCAG 2.2 AA or good practice and would keep somebody out."""

from functools import cache
from importlib.resources import files

from playwright.sync_api import Page

KEEPS_OUT = ("serious", "critical")
OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"target-size": {"enabled": True}},  # of WCAG 2.2; axe leaves it out unless it is named
    "resultTypes": ["violations"],
    "preload": False,  # style sheets and media are read again only for rules that do not count
}
# Rules whose breach would keep nobody out are not gone through: what they found was left aside.
RUN = """async ([place, options]) => {
  const mild = axe._audit.rules.filter(({ impact }) => ['minor', 'moderate'].includes(impact));
  const rules = { ...options.rules, ...Object.fromEntries(mild.map(({ id }) => [id, { enabled: false }])) };
  const { violations } = await axe.run(place ?? document, { ...options, rules });
  return violations.map(({ id, impact, help, nodes }) => [id, impact, help, nodes.map(({ html }) => html)]);
}"""


@cache
def _script() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def barriers(page: Page, place: str | None = None) -> list[str]:
    """Rule and node of everything serious or critical on the page, or inside ``place`` of it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_script())
    found = page.evaluate(RUN, [place, OPTIONS])
    return [
        f"{rule} ({impact}): {words}: {node[:200]} — {page.url}"
        for rule, impact, words, nodes in found
        if impact in KEEPS_OUT
        for node in nodes
    ]
