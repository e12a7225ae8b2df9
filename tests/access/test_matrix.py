"""Who gets what: every route, page, panel and callback of the running command center × role × own and other city.

What is expected stands here once more, by hand from the table of who may see what; a route, page or callback that
is not in it fails. Everything is really asked over HTTP.
"""

import datetime as dt
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import httpx
import pytest

from dashboard.access.roles import Grant, Role
from dashboard.command import ANY_PATH, CALLBACKS, create
from dashboard.page import PAGES, pages
from dashboard.wall.scene import repertoire
from etl.cities import load_city
from tests.browser.test_http import page_call
from tests.signed_in import COOKIE, OURS, token_with
from tests.world import World

OWN, OTHER = load_city("samarinda"), load_city("surabaya")
NOBODY = None
ROLES: list[Role | None] = [NOBODY, *Role]
EVERYBODY = set(ROLES)
SIGNED_IN = set(Role)
ALL_FIGURES = {Role.WALL, Role.OPERATOR, Role.STEWARD, Role.MAYOR}
PAGE: dict[str, set[Role]] = {
    "kota": ALL_FIGURES,
    "pasar": ALL_FIGURES | {Role.OPD_HEAD},
    "corona": ALL_FIGURES,
    "kesehatan": ALL_FIGURES,
    "bansos": ALL_FIGURES,
    "112": ALL_FIGURES,
    "meja-112": {Role.OPERATOR, Role.STEWARD},
    "layanan": ALL_FIGURES,
    "berkas": ALL_FIGURES,
    "rencana": ALL_FIGURES,
    "aplikasi": ALL_FIGURES,
    "tak-biasa": ALL_FIGURES,
    "rekam-jejak": ALL_FIGURES,
    "belanja": {Role.MAYOR, Role.OPD_HEAD},
    "pemerataan": {Role.MAYOR, Role.STEWARD},
    "provinsi": ALL_FIGURES - {Role.WALL},
    "mutu": {Role.OPERATOR, Role.STEWARD, Role.MAYOR, Role.ADMIN},
}
# rule → a path to ask, and who gets an answer. Pages, panels and callbacks have tables of their own.
ROUTE: dict[str, tuple[str, set[Role | None]]] = {
    "/healthz": ("/healthz", EVERYBODY),
    "/readyz": ("/readyz", EVERYBODY),
    "/metrics": ("/metrics", EVERYBODY),  # on loopback; who else may not, test_watched.py asks
    "/pulse": ("/pulse", EVERYBODY),
    "/static/<path:filename>": ("/static/x", EVERYBODY),
    "/static/files/<path:name>": ("/static/files/x", EVERYBODY),
    "/assets/<path:filename>": ("/assets/x", EVERYBODY),
    "/_favicon.ico": ("/_favicon.ico", EVERYBODY),
    "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>": (
        "/_dash-component-suites/dash/x.js",
        EVERYBODY,
    ),
    "/boundaries/<slug>/<name>": ("/boundaries/samarinda/x", EVERYBODY),
    "/masuk": ("/masuk", EVERYBODY),
    "/masuk/kode": ("/masuk/kode", EVERYBODY),
    "/masuk/ponsel": ("/masuk/ponsel", EVERYBODY),
    "/masuk/sandi": ("/masuk/sandi", EVERYBODY),
    # 404 to everybody: this world has no identity provider (test_oidc has one)
    "/masuk/luar": ("/masuk/luar", EVERYBODY),
    "/masuk/luar/kembali": ("/masuk/luar/kembali", EVERYBODY),
    "/masuk/luar/keluar": ("/masuk/luar/keluar", EVERYBODY),
    "/bell": ("/bell", set(SIGNED_IN)),
    "/meta": ("/meta", set(SIGNED_IN)),
    "/_dash-layout": ("/_dash-layout", set(SIGNED_IN)),
    "/_dash-dependencies": ("/_dash-dependencies", set(SIGNED_IN)),
    "/_reload-hash": ("/_reload-hash", set(SIGNED_IN)),
    "/karantina": ("/karantina", {Role.STEWARD}),
    "/karantina/baris": ("/karantina/baris", set()),  # an entry of one's own opens it
    "/karantina/perbaikan": ("/karantina/perbaikan", {Role.STEWARD}),
    "/temuan": ("/temuan", {Role.STEWARD}),
    "/temuan/kasus": ("/temuan/kasus", set()),
    "/keberatan": ("/keberatan", {Role.STEWARD}),
    "/keberatan/isi": ("/keberatan/isi", set()),  # an entry of one's own opens it
    "/belanja/temuan": ("/belanja/temuan", {Role.MAYOR, Role.OPD_HEAD}),
    "/belanja/temuan/kasus": ("/belanja/temuan/kasus", set()),
    "/jejak": ("/jejak", {Role.STEWARD}),
    "/admin": ("/admin", {Role.ADMIN}),
    "/belanja/orang": ("/belanja/orang", {Role.MAYOR, Role.OPD_HEAD}),
    "/belanja/daftar": ("/belanja/daftar", set()),  # an entry of one's own opens it
    "/belanja/pengecualian": ("/belanja/pengecualian", {Role.MAYOR, Role.OPD_HEAD}),
    "/layar/baru": ("/layar/baru", EVERYBODY),
    "/layar/tunggu": ("/layar/tunggu", EVERYBODY),
    "/layar/setuju": ("/layar/setuju", {Role.OPERATOR, Role.ADMIN}),
    "/layar": ("/layar", {Role.OPERATOR, Role.ADMIN}),
    "/layar/daftar": ("/layar/daftar", {Role.OPERATOR, Role.ADMIN}),
    "/peringatan": ("/peringatan", {Role.OPERATOR, Role.ADMIN}),
    "/dinding": ("/dinding", set(ALL_FIGURES)),
    "/dinding/rencana": ("/dinding/rencana", set(ALL_FIGURES)),
    "/dinding/keadaan": ("/dinding/keadaan", set(ALL_FIGURES)),
    "/pagi": ("/pagi", {Role.MAYOR, Role.OPD_HEAD}),
    "/seluruh-kota": ("/seluruh-kota", {Role.MAYOR}),
    "/target": ("/target", {Role.MAYOR}),
    "/meja-112/serah-terima": ("/meja-112/serah-terima", {Role.OPERATOR, Role.STEWARD}),
    "/langganan": ("/langganan", {Role.MAYOR, Role.OPD_HEAD, Role.STEWARD, Role.OPERATOR}),
    "/ringkasan": ("/ringkasan", {Role.MAYOR}),
    "/ringkasan/berkas/<int:number>": ("/ringkasan/berkas/1", {Role.MAYOR}),
    "/akun": ("/akun", SIGNED_IN - {Role.WALL}),
}
# Asked with POST by tests of their own: they end sessions, or take a machine's key.
ELSEWHERE = {"/keluar", "/akun/keluar-semua", "/ingest/<city>/<name>"}
CHANGES: dict[str, set[Role | None]] = {  # POST only
    "/karantina/buka": {Role.STEWARD},
    "/karantina/perbaiki": set(),  # an entry of one's own opens it
    "/karantina/batal": {Role.STEWARD},
    "/temuan/buka": {Role.STEWARD},
    "/keberatan/buka": {Role.STEWARD},
    "/keberatan/selesai": set(),  # an entry of one's own opens it
    "/belanja/temuan/buka": {Role.MAYOR, Role.OPD_HEAD},
    "/belanja/temuan/jawab": set(),  # an entry of one's own opens it
    "/jejak/unduh": {Role.STEWARD},
    "/belanja/orang/buka": {Role.MAYOR, Role.OPD_HEAD},
    "/belanja/daftar/orang": set(),
    "/belanja/daftar/usul": set(),
    "/belanja/daftar/xlsx": set(),
    "/belanja/daftar/csv": set(),
    "/belanja/pengecualian/putuskan": {Role.MAYOR, Role.OPD_HEAD},
    "/admin/ubah": {Role.ADMIN},
    "/layar/pasang": {Role.OPERATOR, Role.ADMIN},
    "/layar/ubah": {Role.OPERATOR, Role.ADMIN},
    "/layar/daftar/simpan": {Role.OPERATOR, Role.ADMIN},
    "/peringatan/terima": {Role.OPERATOR, Role.ADMIN},
    "/peringatan/simpan": {Role.OPERATOR, Role.ADMIN},
    "/target/simpan": {Role.MAYOR},
    "/meja-112/serah-terima/simpan": {Role.OPERATOR, Role.STEWARD},
    "/langganan/ubah": {Role.MAYOR, Role.OPD_HEAD, Role.STEWARD, Role.OPERATOR},
    "/ringkasan/buat": {Role.MAYOR},
}
OF_A_CITY = ["/bell", "/karantina", "/karantina/perbaikan", "/temuan", "/keberatan", "/belanja/temuan", "/jejak"]
OF_A_CITY += ["/belanja/orang", "/belanja/pengecualian"]
OF_A_CITY += ["/admin", "/layar", "/layar/setuju", "/layar/daftar", "/peringatan", "/akun"]
OF_A_CITY += ["/pagi", "/seluruh-kota", "/target", "/langganan", "/ringkasan", "/ringkasan/berkas/1"]
OF_A_CITY += ["/meja-112/serah-terima"]
OF_A_CITY += ["/dinding", "/dinding/rencana", "/dinding/keadaan"]
TABLED = {
    "/",
    ANY_PATH,
    CALLBACKS,
    "/panels/<page>",
    "/panel/<page>/<name>",
    "/panel/<page>/<name>.csv",
    "/adegan/<scene>",
}
CLIENTSIDE = "clientside_function"


@cache
def rules() -> set[str]:
    return {rule.rule for rule in create().url_map.iter_rules()}


@pytest.fixture(scope="module")
def clients(world: World) -> Iterator[dict[Role | None, httpx.Client]]:
    """One client a role, signed in to one city."""
    cookies = {role: {COOKIE: token_with(grant(role))} if role else {} for role in ROLES}
    made = {
        role: httpx.Client(base_url=world.command_url, timeout=60, cookies=cookies[role], headers=OURS)
        for role in ROLES
    }
    yield made
    for client in made.values():
        client.close()


def grant(role: Role) -> Grant:
    return Grant(role, OWN.code, "D01" if role is Role.OPD_HEAD else "")


def wrong(clients: dict[Role | None, httpx.Client], path: str, allowed: set[Any], **call: Any) -> list[str]:
    """Answers that somebody should not have had, or should have had."""
    found = []
    for role, client in clients.items():
        status = client.request("POST" if call else "GET", path, **call).status_code
        expected = "open" if role in allowed else 401 if role is NOBODY else 403
        got = status if status in (401, 403) else "open" if status < 500 else status
        if got != expected:
            found.append(f"{path} {role or 'nobody'}: {status}, expected {expected}")
    return found


def test_every_route_is_in_the_matrix() -> None:
    assert rules() == set(ROUTE) | set(CHANGES) | ELSEWHERE | TABLED


def test_every_page_is_in_the_matrix() -> None:
    assert {page.slug for page in pages()} == set(PAGE)


def test_routes(clients: dict[Role | None, httpx.Client]) -> None:
    assert [line for path, allowed in ROUTE.values() for line in wrong(clients, path, allowed)] == []
    changes = CHANGES.items()
    assert [line for path, allowed in changes for line in wrong(clients, path, allowed, data={"x": "y"})] == []
    foreign = f"?kota={OTHER.slug}"
    assert [line for path in OF_A_CITY for line in wrong(clients, path + foreign, set())] == []
    assert [line for path in CHANGES for line in wrong(clients, path + foreign, set(), data={"x": "y"})] == []


@pytest.mark.parametrize("slug", sorted(PAGE))
def test_pages_and_panels(clients: dict[Role | None, httpx.Client], slug: str) -> None:
    page = PAGES[slug]
    paths = [page.path, f"/panels/{slug}"]
    paths += [f"/panel/{slug}/{panel.id}{ending}" for panel in page.panels for ending in ("", ".csv")]
    # "/" leads who may not see it to a page of their own: no refusal, and no page either
    own = [f"{path}?kota={OWN.slug}" for path in paths if path != "/"]
    assert [line for path in own for line in wrong(clients, path, PAGE[slug])] == []
    foreign = [f"{path}?kota={OTHER.slug}" for path in paths if path != "/"]
    assert [line for path in foreign for line in wrong(clients, path, set())] == []


@pytest.mark.parametrize("slug", sorted(repertoire(OWN).scenes))
def test_scenes(clients: dict[Role | None, httpx.Client], slug: str) -> None:
    for asked in ("", *(f"&panel={panel.id}:" for panel in repertoire(OWN).scenes[slug].panels)):
        assert wrong(clients, f"/adegan/{slug}?kota={OWN.slug}{asked}", set(ALL_FIGURES)) == []
        assert wrong(clients, f"/adegan/{slug}?kota={OTHER.slug}{asked}", set()) == []


def test_the_front_page_leads_everyone_to_where_they_belong(clients: dict[Role | None, httpx.Client]) -> None:
    clients[NOBODY].cookies.clear()  # who was shown a pairing code is led there
    led = {role: clients[role].get("/", headers={"Accept": "text/html"}) for role in ROLES}
    assert {role: (reply.status_code, reply.headers.get("location")) for role, reply in led.items()} == {
        NOBODY: (303, "/masuk"),
        Role.WALL: (200, None),
        Role.OPERATOR: (200, None),
        Role.STEWARD: (200, None),
        Role.MAYOR: (200, None),
        Role.OPD_HEAD: (303, "/pasar"),
        Role.ADMIN: (303, "/mutu"),
    }


def test_a_random_name_of_a_call_is_taken_for_nobodys_number(clients: dict[Role | None, httpx.Client]) -> None:
    """Dash names each call by hexadecimal digits, of which sixteen in a row are decimal now and then."""
    body = json.dumps(page_call("/pasar", f"?kota={OWN.slug}")).encode()
    called = f"{CALLBACKS}?endId=O8W3niiHp3URKUS92wbsItGl~e9a60943647a28854765cd72867039111304953d5e2ddb66896"
    assert wrong(clients, called, PAGE["pasar"], content=body) == []
    as_json = {"Content-Type": "application/json"}
    assert clients[Role.OPERATOR].post(called, content=body, headers=as_json).status_code == 200


def test_callbacks(clients: dict[Role | None, httpx.Client]) -> None:
    """The one that runs on the server hands out pages' skeletons: each only to its audience."""
    declared = clients[Role.OPERATOR].get("/_dash-dependencies").json()
    of_server = [one["output"] for one in declared if not one[CLIENTSIDE]]
    assert of_server == [page_call("/", "")["output"]]
    for page in pages():
        body = json.dumps(page_call(page.path, f"?kota={OWN.slug}")).encode()
        assert wrong(clients, CALLBACKS, PAGE[page.slug], content=body) == []


@pytest.mark.parametrize("body", [b"", b"{", b"null", json.dumps(page_call("/nowhere", "")).encode()])
def test_a_callback_that_names_no_page_tells_nobody_anything(
    clients: dict[Role | None, httpx.Client], body: bytes
) -> None:
    assert wrong(clients, CALLBACKS, SIGNED_IN, content=body) == []


def test_a_head_of_an_agency_gets_the_own_agency_and_no_other(clients: dict[Role | None, httpx.Client]) -> None:
    def agencies(role: Role, query: str = "") -> set[str]:
        table = clients[role].get(f"/panel/pasar/agency.csv?kota={OWN.slug}&periode=semua{query}").text
        return {line.split(",")[0] for line in table.splitlines()[1:]}

    own = agencies(Role.OPD_HEAD)
    assert len(own) == 1 and own < agencies(Role.OPERATOR)
    assert agencies(Role.OPD_HEAD, "&saring=agency_code:D02") <= own


def test_what_is_ready_of_a_page_is_ready_for_the_own_agency_only(clients: dict[Role | None, httpx.Client]) -> None:
    yesterday = dt.datetime.now(OWN.tz).date() - dt.timedelta(days=1)  # what has ended changes no more
    scope = f"?kota={OWN.slug}&sejak={yesterday - dt.timedelta(days=300)}&sampai={yesterday}"
    alone = {role: clients[role].get(f"/panel/pasar/agency{scope}").json() for role in (Role.OPERATOR, Role.OPD_HEAD)}
    together = {role: clients[role].get(f"/panels/pasar{scope}").json() for role in alone}
    assert {role: parts["agency"]["answer"] for role, parts in together.items()} == alone
    assert alone[Role.OPERATOR] != alone[Role.OPD_HEAD]


def test_meta_names_what_is_open_and_no_more(clients: dict[Role | None, httpx.Client]) -> None:
    for role in Role:
        told = clients[role].get("/meta").json()
        assert [city["slug"] for city in told["cities"]] == [OWN.slug]
        slugs = {page.slug for page in pages() if page.path in {one["path"] for one in told["pages"]}}
        alone = {"provinsi"}  # nothing stands beside a single city
        assert slugs == {slug for slug, allowed in PAGE.items() if role in allowed} - alone
