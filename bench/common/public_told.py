"""What was measured of the public site, as tables, goals and one sentence."""

from typing import Any

from bench.common import results
from bench.common.results import Goal

Told = dict[str, Any]
RAN = (
    "views of Corona",
    "views of Corona, plain Dash",
    "its answers without its scripts",
    "views of all pages",
    "everything",
    "all files",
    "a file",
    "everything, documented nginx",
    "a file, documented nginx",
    "a file of its size, nginx",
)
CROWDS = ("nobody", "500 views/s", "2000 known pages/s", "2000 pages/s never asked for before")
PAINTED = {"first_ms": "first paint", "all_ms": "all findings painted", "listens_ms": "interactive"}
PAINTED |= {"kb_to_all": "kB until all findings", "kb": "kB in all"}


def tell(told: Told) -> None:
    """Print the tables, keep the figures."""
    _show_ran(told)
    _show_crowds(told)
    _show_paint(told["paint"])
    goals = _goals(told)
    met = sum(goal.met for goal in goals)
    views, plain = (told[name] for name in RAN[:2])
    figure = (
        f"public: {views['views']:,.0f} whole views/s of Corona, {views['views'] / plain['views']:,.0f}× plain Dash, "
        f"{views['view_cpu_ms']:.2f} CPU-ms a view; a file {_ratio(told):.2f}× nginx; 500 views/s p99 "
        f"{told['500 views/s']['p99_ms']:.0f} ms; all findings painted after {told['paint']['ours']['all_ms']:.0f} ms, "
        f"{told['paint']['ours']['all_ms'] / told['paint']['plain']['all_ms']:.2f}× plain Dash; {met} of {len(goals)} "
        "goals met"
    )
    results.keep("public", figure, told, goals)


def _ratio(told: Told) -> float:
    return float(told["a file"]["per_second"] / told["a file of its size, nginx"]["per_second"])


def _goals(told: Told) -> list[Goal]:
    ours, plain, slow = (told["paint"][name] for name in ("ours", "plain", "ours, 3G"))
    crowd, known, unknown = (told[name] for name in CROWDS[1:])
    nginx = told["a file of its size, nginx"]["per_second"]
    ended = unknown["ended"]
    return [
        Goal("a file: requests/s beside nginx", 0.5, _ratio(told)),
        Goal("the same, by the documented nginx", 0.5, told["a file, documented nginx"]["per_second"] / nginx),
        Goal("a whole view of Corona, CPU-ms", 8, told["views of Corona"]["view_cpu_ms"], at_most=True),
        Goal("a whole view of any page, CPU-ms", 8, told["views of all pages"]["view_cpu_ms"], at_most=True),
        Goal("everything for the first time, CPU-ms a request", 8, told["cold"]["cpu_ms"], at_most=True),
        Goal("500 views/s: p99 ms", 200, crowd["p99_ms"], at_most=True),
        Goal("500 views/s: not served, %", 0, _missed(crowd), at_most=True),
        Goal("2,000 known pages/s: p99 ms of who is served", 200, known["p99_ms"], at_most=True),
        Goal("2,000 new pages/s: p99 ms of who is served", 200, unknown["p99_ms"], at_most=True),
        Goal("2,000 new pages/s: ended neither 200 nor 503, %", 0, _share(ended, "200", "503"), at_most=True),
        Goal("operator meanwhile: p99 ms", 1000, max(told[name]["operator_p99_ms"] for name in CROWDS), at_most=True),
        Goal("application killed: addresses still answered, %", 100, _alive(told["killed"])),
        Goal("all findings painted beside plain Dash", 0.25, ours["all_ms"] / plain["all_ms"], at_most=True),
        Goal("interactive beside plain Dash", 1.0, ours["listens_ms"] / plain["listens_ms"], at_most=True),
        Goal("kB until all findings are painted", 150, ours["kb_to_all"], at_most=True),
        Goal("slow 3G: all findings painted, ms", 2500, slow["all_ms"], at_most=True),
    ]


def _share(ended: dict[str, int], *but: str) -> float:
    """The share of views that ended otherwise than so, in percent."""
    return 100 * sum(count for how, count in ended.items() if how not in but) / sum(ended.values())


def _missed(crowd: Told) -> float:
    return _share(crowd["ended"], "200")


def _alive(killed: Told) -> float:
    return 100 * float(killed["answered"]) / float(killed["addresses"])


def _show_ran(told: Told) -> None:
    rows = [_ran(name, told[name]) for name in RAN]
    first = told["cold"]
    figures = (f"{first['p50_ms']:.2f}", f"{first['p99_ms']:.1f}", f"{first['cpu_ms']:.3f}")
    rows.append(("everything, cold", "", *figures, "", "", str(first["not_200"])))
    heads = ("", "requests/s", "p50 ms", "p99 ms", "CPU-ms", "views/s", "CPU-ms a view", "not 200")
    results.show(f"As much as is answered ({told['addresses']:,} addresses)", heads, rows)


def _ran(name: str, one: Told) -> tuple[str, ...]:
    times = (f"{one['p50_ms']:.2f}", f"{one['p99_ms']:.1f}", f"{one['cpu_ms']:.3f}")
    return (
        name,
        f"{one['per_second']:,}",
        *times,
        f"{one['views']:,}",
        f"{one['view_cpu_ms']:.2f}",
        str(one["not_200"]),
    )


def _show_crowds(told: Told) -> None:
    rows = [(name, *_crowd(told[name])) for name in CROWDS]
    heads = ("readers who come", "p50 ms", "p99 ms", "shed", "operator p50 ms", "p99 ms", "most ms")
    results.show("Whether or not they can be answered", heads, rows)


def _crowd(one: Told) -> tuple[str, ...]:
    times = (f"{one.get(key, 0):.0f}" for key in ("p50_ms", "p99_ms"))
    operator = (f"{one[f'operator_{key}_ms']:.0f}" for key in ("p50", "p99", "most"))
    return (*times, f"{_shed(one):.0f} %", *operator)


def _shed(crowd: Told) -> float:
    ended = crowd.get("ended", {})
    return float(100 * ended.get("503", 0) / max(1, sum(ended.values())))


def _show_paint(paint: Told) -> None:
    rows = [(name, *(f"{paint[one][key]:,.0f}" for one in paint)) for key, name in PAINTED.items()]
    results.show("A first visit to Corona (ms, kB)", ("", *paint), rows)
