"""The threats of the security plan, in its order: an attack that says what it got, and the build in which it gets it.

An attack returns what should not have been possible; against our build that is nothing. Each is tried a second time
against a build from which its one defence was taken away, and must then find something: so none of them is blind.
"""

import ipaddress
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask, Response, request

import dashboard.command
import dashboard.identifiers
import dashboard.trail
from dashboard import answers, headers
from dashboard.access import accounts, production, sessions, sign_in
from dashboard.access.guard import Guard
from dashboard.access.provider import BACK
from dashboard.access.roles import Grant, Role, Viewer
from dashboard.access.site import Site
from dashboard.command import CALLBACKS
from dashboard.page import pages
from dashboard.static import PLACE
from etl import audit, keys
from etl.audit import Look
from etl.cities import City, load_city
from etl.errors import PantauError, SourceError, Where
from etl.readers import http, unpack
from tests.browser.test_http import page_call
from tests.signed_in import COOKIE, OURS, token_with
from tests.source_tree import ROOT, imports, modules

HERE: City = load_city("samarinda")
NIK = "6472010101010001"
TRAVERSALS = ("../README.md", "..%2fREADME.md", "..%2F..%2Fetc%2Fpasswd", "....//README.md", "%2e%2e/README.md")
MALFORMED = (b"", b"{", b"[]", b"null", b"\xff", b'{"output":"x"}', b'{"output":"..a.b..","inputs":"x","outputs":[]}')
PICKLERS = {"pickle", "dill", "shelve", "joblib", "diskcache", "marshal", "flask_caching"}
QUESTIONS = {
    "overlapping_ranges": "sejak=2026-01-01&sampai=2026-01-02",
    "total_minus_visible": "wilayah=64.72.01",
    "yesterdays_release": "rilis=1&as_of=2026-01-01",
    "area_day_age_sex": "wilayah=64.72.01.1001&sejak=2026-01-01&sampai=2026-01-01&saring=umur:20-29&saring=sex:male",
    "other_statistics": "statistik=min&statistik=max",
}


@contextmanager
def heard() -> Iterator[list[str]]:
    """What is logged meanwhile."""
    handler = _Lines()
    logging.getLogger().addHandler(handler)
    try:
        yield handler.lines
    finally:
        logging.getLogger().removeHandler(handler)


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += record.getMessage().splitlines()


@dataclass(frozen=True)
class Build:
    """The two applications as they are deployed, or a weakened one."""

    command: Flask
    public: Flask

    def ask(self, path: str, *grants: Grant, post: Any = None, **more: Any) -> Any:
        """An answer of the command center to somebody with these roles."""
        client = self.command.test_client()
        if grants:
            client.set_cookie(COOKIE, token_with(*grants))
        if post is None:
            return client.get(path, **more)
        body = {"data": post} if isinstance(post, bytes) else {"json": post} if "outputs" in post else {"data": post}
        kind = {"content_type": "application/json"} if isinstance(post, bytes) else {}
        return client.post(path, headers=OURS, **body, **kind, **more)


def of(role: Role) -> Grant:
    return Grant(role, HERE.code, "D01" if role is Role.OPD_HEAD else "")


Attack = Callable[[Build], list[str]]
Weaken = Callable[[pytest.MonkeyPatch, Build], None]


@dataclass(frozen=True)
class Threat:
    """One line of the plan."""

    name: str
    attack: Attack
    weaken: Weaken


def _opened(build: Build, asked: dict[str, Any], *grants: Grant) -> list[str]:
    got = {path: build.ask(path, *grants, post=post).status_code for path, post in asked.items()}
    return [f"{path}: {status}" for path, status in got.items() if status not in (303, 401, 403, 404)]


def anonymous_callback(build: Build) -> list[str]:
    bodies = [page_call(page.path, "") for page in pages()]
    return [one for body in bodies for one in _opened(build, {CALLBACKS: body})]


def dash_tells_its_callbacks(build: Build) -> list[str]:
    return _opened(build, {"/_dash-dependencies": None, "/_dash-layout": None})


def _everybody_admitted(patch: pytest.MonkeyPatch, build: Build) -> None:
    patch.setattr(Guard, "_admit", lambda self, audience: None)


def _agencies(table: str) -> set[str]:
    return {line.split(",")[0] for line in table.splitlines()[1:]}


def another_agency(build: Build) -> list[str]:
    path = f"/panel/pasar/agency.csv?kota={HERE.slug}&periode=semua&saring=agency_code:D02"
    got = _agencies(build.ask(path, of(Role.OPD_HEAD)).text)
    return sorted(got - _agencies(build.ask(path.partition("&saring")[0], of(Role.OPD_HEAD)).text))


def _whole_city_for_a_head(patch: pytest.MonkeyPatch, build: Build) -> None:
    """The own table stays what it is; the question for another agency is read as the city's."""
    known = Viewer.agency

    def weak(self: Viewer, *asked: Any) -> str | None:
        return None if b"agency_code" in request.query_string else known(self, *asked)

    patch.setattr(Viewer, "agency", weak)


def forged_role(build: Build) -> list[str]:
    state = [{"id": "viewer", "property": "data", "value": "mayor"}]
    paths = {f"/{page}?role={role}": None for page in ("karantina", "jejak") for role in ("steward", "mayor")}
    asked: dict[str, Any] = paths | {"/jejak/unduh?role=steward": {"role": "steward"}}
    got = _opened(build, asked, of(Role.OPERATOR))
    answer = build.ask(CALLBACKS, of(Role.OPD_HEAD), post=page_call("/bansos", "") | {"state": state})
    return got + ([] if answer.status_code in (400, 403) else [f"callback: {answer.status_code}"])


def _roles_from_the_request(patch: pytest.MonkeyPatch, build: Build) -> None:
    patch.setattr(Viewer, "roles", lambda self, code: frozenset({Role(request.values.get("role", "operator"))}))


def questions_to_the_public(query: str) -> Attack:
    """What is no question about published rows is no question: refused, or answered as if it were not asked."""

    def attack(build: Build) -> list[str]:
        client = build.public.test_client()
        client.environ_base["REMOTE_ADDR"] = "203.0.113.9"  # not from the machine itself, which may read what moves
        rules = [rule.rule for rule in build.public.url_map.iter_rules() if "<" not in rule.rule]
        answers = {rule: (client.get(rule), client.get(f"{rule}?{query}")) for rule in rules}
        return [
            rule for rule, (plain, asked) in answers.items() if asked.status_code != 400 and asked.data != plain.data
        ]

    return attack


def _a_page_that_answers(patch: pytest.MonkeyPatch, build: Build) -> None:
    patch.setattr(build.public, "_got_first_request", False)
    build.public.add_url_rule("/kasus", "kasus", lambda: Response(str(len(request.query_string))))


def enumerating(build: Build) -> list[str]:
    rules = {re.sub(r"<[^>]+>", "x", rule.rule) for rule in build.command.url_map.iter_rules()} - {BACK}
    spelled = (NIK, f"{NIK[:6]}%20{NIK[6:]}", "-".join(NIK[at : at + 4] for at in range(0, 16, 4)), f"a{NIK}b")
    addresses = [*(f"{rule}?cari={NIK}" for rule in rules), *(f"/jejak?cari={one}" for one in spelled), f"/{NIK}"]
    statuses = {path: build.ask(path, of(Role.STEWARD)).status_code for path in addresses}
    return [path for path, status in statuses.items() if status not in (400, 405)]


def number_in_a_log(build: Build) -> list[str]:
    with heard() as lines:
        answer = build.ask(f"/jejak?cari={NIK}", headers={"Accept": "text/html"})
    shown = [*lines, answer.text, *map(str, answer.headers.values())]
    policy = answer.headers.get("Referrer-Policy")
    return [line for line in shown if NIK in line] + ([] if policy == "same-origin" else [f"Referrer-Policy {policy}"])


def _any_address(patch: pytest.MonkeyPatch, build: Build) -> None:
    patch.setattr(dashboard.identifiers, "IDENTIFIER", re.compile(r"(?!)"))


def script_in_a_name(build: Build) -> list[str]:
    """Names reach a page as text; what would run them is in no script of ours and forbidden by the page's policy."""
    scripts = {path.name: path.read_text() for path in (ROOT / "assets").glob("*.js")}
    way = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function")
    ways = [name for name, text in scripts.items() if way.search(text)]
    policy = build.ask("/masuk").headers.get("Content-Security-Policy", "")
    (said,) = re.findall(r"script-src ([^;]*)", policy) or [""]
    loose = not said or "'unsafe-inline'" in said or "'unsafe-eval'" in said or "*" in said.split()
    return ways + (["script-src"] if loose else [])


def _loose_policy(patch: pytest.MonkeyPatch, build: Build) -> None:
    loose = headers.content_security(headers.COMMAND_POLICY | {"script-src": "'self' 'unsafe-inline'"})

    def after(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = loose
        return response

    patch.setitem(build.command.after_request_funcs, None, [after])


def formula_in_an_export(build: Build) -> list[str]:
    evil = '=HYPERLINK("http://x","y")'
    audit.opened(Look(HERE.code, "uji", evil, "steward", "repair", f"@{evil}", "quarantine x"))
    table = build.ask(f"/jejak/unduh?kota={HERE.slug}", of(Role.STEWARD), post={"x": "y"}).text
    cells = re.findall(r'(?:^|,)"?([=+\-@\t\r][^,]*)', table, re.MULTILINE)
    return [cell for cell in cells if "HYPERLINK" in cell]


def _raw_exports(patch: pytest.MonkeyPatch, build: Build) -> None:
    patch.setattr(dashboard.trail, "harmless", lambda cell: cell)


def bomb(build: Build) -> list[str]:
    """What is small and swells is refused before it is opened."""
    try:
        unpack.refuse_swollen(73_000, 21_000_000, unpack.MOST_UNPACKED, Where("kota", "sumber", "bom.xlsx"))
    except SourceError:
        return []
    return ["opened"]


def _any_ratio(patch: pytest.MonkeyPatch, build: Build) -> None:
    patch.setattr(unpack, "MOST_RATIO", 10**9)


def metadata_address(build: Build) -> list[str]:
    wanted = ("127.0.0.1", "::1", "169.254.169.254", "::ffff:169.254.169.254", "100.100.100.200", "0.0.0.0")
    return [one for one in wanted if not http.is_forbidden(ipaddress.ip_address(one), may_be_loopback=False)]


def _any_host(patch: pytest.MonkeyPatch, build: Build) -> None:
    patch.setattr(http, "METADATA_ADDRESSES", frozenset())


def example_secret(build: Build) -> list[str]:
    """A city's own address is not answered with a key that somebody could have read somewhere."""
    examples = ["", "rahasia", "0" * 64, "deadbeef" * 8]
    return [one for one in examples if _starts(one)]


def _starts(secret: str) -> bool:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "secret", lambda name: secret)
        patch.setattr(keys, "there", lambda name: True)
        patch.setattr(accounts, "every", list)
        try:
            production.require(Site("https://pantau.kota.go.id"))
        except PantauError:
            return False
    return True


def _any_key(patch: pytest.MonkeyPatch, build: Build) -> None:
    patch.setattr(production, "_weak", lambda secret: False)


def from_anothers_cache(build: Build) -> list[str]:
    """What was computed for who may see the whole city is not handed to who may not, nor kept on the way."""
    path = f"/panel/pasar/agency?kota={HERE.slug}&periode=semua"
    whole, own = build.ask(path, of(Role.OPERATOR)), build.ask(path, of(Role.OPD_HEAD))
    kept = [f"{one.status_code} {control}" for one in (whole, own) if (control := _control(one)) != "private, no-store"]
    return kept + (["the same answer"] if whole.data == own.data else [])


def _control(answer: Response) -> str:
    return answer.headers.get("Cache-Control", "")


def _one_answer_for_all(patch: pytest.MonkeyPatch, build: Build) -> None:
    known = answers.Cache.get
    patch.setattr(
        answers.Cache, "get", lambda self, question, *rest: known(self, (*question[:3], *question[4:]), *rest)
    )


def wall_on_other_pages(build: Build) -> list[str]:
    own = {page.path for page in pages() if Role.WALL in page.audience}
    others = [page.path for page in pages() if page.path not in own] + ["/karantina", "/temuan", "/jejak", "/admin"]
    return _opened(build, dict.fromkeys([*others, "/layar", "/akun"]), of(Role.WALL))


def line_in_a_log(build: Build) -> list[str]:
    """No word from outside begins a line of ours."""
    fake = "\n12:00:00 masuk | signed in: admin"
    with heard() as lines:
        build.ask("/masuk", post={"login": f"x{fake}", "password": "y"})
        build.ask("/x%0a12:00:00%20masuk", headers={"User-Agent": "a b"})
        build.ask(CALLBACKS, post=b'{"output":"' + fake.encode() + b'"}')
        build.ask("/jejak/unduh", of(Role.OPERATOR), post={"x": fake})
    return [line for line in lines if "12:00:00 masuk" in line]


def _talkative_log(patch: pytest.MonkeyPatch, build: Build) -> None:
    known = accounts.named

    def named(login: str) -> accounts.Account | None:
        sign_in.log.warning("tried: %s", login)
        return known(login)

    patch.setattr(accounts, "named", named)


def out_of_the_folder(build: Build) -> list[str]:
    places = [PLACE, "/assets/", "/boundaries/samarinda/", "/_dash-component-suites/dash/"]
    paths = [f"{place}{way}" for place in places for way in TRAVERSALS]
    outside = ("# Pantau", "root:")
    got = {path: client.get(path).text for client in (build.command.test_client(),) for path in paths}
    got |= {f"public {path}": build.public.test_client().get(path).text for path in paths}
    return [path for path, text in got.items() if text.startswith(outside)]


def _any_file(patch: pytest.MonkeyPatch, build: Build) -> None:
    def naive(name: str) -> Response:
        path = ROOT / "assets" / name.replace("%2f", "/").replace("%2F", "/")
        return Response(path.read_bytes() if path.is_file() else b"", mimetype="text/plain")

    patch.setitem(build.command.view_functions, "pantau_static", naive)


def malformed_callback(build: Build) -> list[str]:
    bodies = [*MALFORMED, b'{"output":"' + b"9" * 100_000 + b'"}']
    statuses = [build.ask(CALLBACKS, of(Role.OPERATOR), post=body).status_code for body in bodies]
    return [f"{body[:20]!r}: {status}" for body, status in zip(bodies, statuses, strict=True) if status != 400]


def _any_body(patch: pytest.MonkeyPatch, build: Build) -> None:
    patch.setattr(dashboard.command, "well_formed", lambda app, body: True)
    patch.setitem(build.command.config, "PROPAGATE_EXCEPTIONS", False)


def pickled(build: Build) -> list[str]:
    """Nothing that is read from a disk or a cache is run."""
    used = {f"{name}: {one}" for name, module in modules().items() for one in imports(module) if one in PICKLERS}
    return sorted(used)


def _a_pickler(patch: pytest.MonkeyPatch, build: Build) -> None:
    patch.setattr("tests.access.threats.PICKLERS", PICKLERS | {"json"})


def background_handles(build: Build) -> list[str]:
    """There is no job of somebody else's to ask for: no callback runs in the background."""
    declared = build.ask("/_dash-dependencies", of(Role.OPERATOR)).get_json()
    jobs = [one["output"] for one in declared if one.get("background") or one.get("long")]
    handle = f"{CALLBACKS}?cacheKey=x&job=1"
    status = build.ask(handle, of(Role.OPERATOR), post=page_call("/bansos", "") | {"cancelJob": "1"}).status_code
    return jobs + ([] if status < 500 else [f"{handle}: {status}"])


def _a_background_callback(patch: pytest.MonkeyPatch, build: Build) -> None:
    def told() -> Response:
        return Response('[{"output": "a.b", "background": {"interval": 1}}]', mimetype="application/json")

    for endpoint, view in build.command.view_functions.items():
        if "_dash-dependencies" in endpoint or getattr(view, "__name__", "") == "dependencies":
            patch.setitem(build.command.view_functions, endpoint, told)


def curious_insider(build: Build) -> list[str]:
    """Rows of people need a purpose and a reason, leave a trail, and too many are told to the steward."""
    client = build.command.test_client()
    client.set_cookie(COOKIE, token_with(of(Role.STEWARD)))
    found = [] if client.get(f"/temuan/kasus?kota={HERE.slug}&buka=1").status_code == 403 else ["rows without a reason"]
    who = f"Ingin Tahu {sessions.hash_of(str(id(client)))[:6]}"
    look = Look(HERE.code, "uji", who, "steward", "inspection", "melihat-lihat saja", "finding x")
    audit.opened(look)
    audit.shown(look, 60, [f"orang-{number}" for number in range(60)])
    told = client.get(f"/jejak?kota={HERE.slug}").text.partition("<table")[0]
    told = client.get(f"/jejak?kota={HERE.slug}").text.partition("<table")[0]
    return found + ([] if who in told else [who])


def _nobody_counts(patch: pytest.MonkeyPatch, build: Build) -> None:
    patch.setattr(audit, "MANY_PEOPLE", 10**6)


THREATS = (
    Threat("anonymous_callback", anonymous_callback, _everybody_admitted),
    Threat("dash_tells_its_callbacks", dash_tells_its_callbacks, _everybody_admitted),
    Threat("another_agency", another_agency, _whole_city_for_a_head),
    Threat("forged_role", forged_role, _roles_from_the_request),
    *(Threat(name, questions_to_the_public(query), _a_page_that_answers) for name, query in QUESTIONS.items()),
    Threat("enumerating", enumerating, _any_address),
    Threat("number_in_a_log", number_in_a_log, _any_address),
    Threat("script_in_a_name", script_in_a_name, _loose_policy),
    Threat("formula_in_an_export", formula_in_an_export, _raw_exports),
    Threat("bomb", bomb, _any_ratio),
    Threat("metadata_address", metadata_address, _any_host),
    Threat("example_secret", example_secret, _any_key),
    Threat("from_anothers_cache", from_anothers_cache, _one_answer_for_all),
    Threat("wall_on_other_pages", wall_on_other_pages, _everybody_admitted),
    Threat("line_in_a_log", line_in_a_log, _talkative_log),
    Threat("out_of_the_folder", out_of_the_folder, _any_file),
    Threat("malformed_callback", malformed_callback, _any_body),
    Threat("pickled", pickled, _a_pickler),
    Threat("background_handles", background_handles, _a_background_callback),
    Threat("curious_insider", curious_insider, _nobody_counts),
)
