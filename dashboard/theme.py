"""Names of colours. The values live in ``assets/tokens.css``, once per theme.

A figure built on the server holds ``token:act`` where a colour or a colour scale belongs; the browser puts in the
value of the theme that is on screen, so one answer serves both themes.
"""

import re
from functools import cache
from pathlib import Path

TEXT = "token:text"
MUTED = "token:muted"
FAINT = "token:faint"
LINE = "token:line"
SURFACE = "token:surface"
ACCENT = "token:accent"
GOOD = "token:good"
WATCH = "token:watch"
ACT = "token:act"  # red: somebody has to act; never decoration

SERIES = ("token:series-1", "token:series-2", "token:series-3", "token:series-4", "token:series-5")
AMOUNT = "token:amount"  # a colour scale, little → much
AROUND_TARGET = "token:around-target"  # a colour scale, bad side → on target → good side

TOKENS = Path(__file__).parent.parent / "assets" / "tokens.css"


@cache
def printed() -> dict[str, str]:
    """The colours of the light theme by name, for what is printed."""
    light = TOKENS.read_text(encoding="utf-8").partition('[data-theme="terang"]')[2].partition("}")[0]
    return dict(re.findall(r"--([\w-]+): (#\w{6});", light))
