"""Refused rows can be put right by people: what is fixed is loaded, what is closed is kept, who did it is known."""

import json
from typing import Any

import pytest
import sqlalchemy as sa

from etl.__main__ import main
from etl.refusal import REASONS, Reason
from etl.warehouse import FIXES, HISTORIES, QUARANTINE, RUNS, TABLES, Role, engine, reading
from tests.etl.test_pipeline import GOOD, HEADER, Town, fetch, town

__all__ = ["town"]

ROAD = f"{HEADER}M9,Toko Sembilan,Jl. Merdeka,2020-01-01\n"
ORDERS = """
dataset = "marketplace_orders"
app = "uji"
title = ["Pesanan", "Orders"]
owner = "uji"
licence = "uji"
cadence_s = 60
promise_s = 60
skip_exact_duplicates = true

[reader]
kind = "csv"
path = "{inbox}"
pattern = "*"

[columns]
order_id = "NO"
ordered_at = "WAKTU"
merchant_id = "TOKO"
quantity = "JUMLAH"
amount = "NILAI"
updated_at = "UBAH"

[columns.line]
ordinal_within = ["NO"]

[columns.buyer_type]
constant = "public"

[columns.status]
header = "STATUS"
words = {{ "lunas" = "paid" }}
"""
LINES = "NO,WAKTU,TOKO,JUMLAH,NILAI,UBAH,STATUS\n"
AT = "2021-03-01T10:00:00Z"


@pytest.fixture(autouse=True)
def clean(town: Town) -> Any:
    yield
    with engine(Role.OWNER).begin() as connection:
        for table in (FIXES, TABLES["marketplace_orders"], HISTORIES["merchants"], HISTORIES["marketplace_orders"]):
            connection.execute(sa.delete(table))


def orders(town: Town, **files: str) -> None:
    """A source whose lines are counted within their file."""
    inbox = town.root / "orders_inbox"
    inbox.mkdir(exist_ok=True)
    (town.folder / "sources" / "orders.toml").write_text(ORDERS.format(inbox=inbox))
    for stem, content in files.items():
        town.drop(inbox / f"{stem}.csv", content)


def refused() -> list[dict[str, Any]]:
    return sorted(fetch(QUARANTINE), key=lambda row: row["quarantine_id"])


def number() -> str:
    """The number of the only refused row that is open."""
    (row,) = [row for row in refused() if row["state"] == "open"]
    return str(row["quarantine_id"])


def quarantine(*arguments: str, code: int = 0) -> None:
    assert main(["quarantine", *arguments]) == code


def ids() -> set[str]:
    return {row["merchant_id"] for row in fetch(TABLES["merchants"])}


def balanced() -> bool:
    return all(run["received"] == sum(run[name] for name in ("loaded", "unchanged", "superseded", "quarantined"))
               for run in fetch(RUNS))  # fmt: skip


def test_a_name_that_gets_a_meaning_is_loaded_now_and_from_now_on(town: Town, capsys: pytest.CaptureFixture[str]):
    town.csv("toko", satu=ROAD)
    main(["run"])
    quarantine(
        "alias", "Jl. Merdeka", "64.72.05.1004", "--why", "kantor kelurahan", "--by", "Siti", "--city", "samarinda"
    )
    assert ids() == set()  # a fix by itself loads nothing
    quarantine("replay", "--city", "samarinda", "--by", "Siti")
    (shop,) = fetch(TABLES["merchants"])
    assert (shop["merchant_id"], shop["area_code"]) == ("M9", "64.72.05.1004")
    (row,) = refused()
    assert (row["state"], row["resolved_by"]) == ("replayed", "Siti") and row["resolved_at"]
    assert row["cells"]["KEL"] == "Jl. Merdeka" and balanced()
    town.drop(town.root / "toko_inbox" / "dua.csv", ROAD.replace("M9", "M8"))
    main(["run"])
    assert ids() == {"M8", "M9"} and len(refused()) == 1


def test_an_alias_holds_where_it_was_said_to_hold(town: Town):
    town.csv("toko", satu=ROAD)
    town.csv("lain", satu=ROAD.replace("M9", "N9"))
    main(["run"])
    quarantine("alias", "Jl. Merdeka", "64.72.05.1004", "--why", "x", "--city", "samarinda", "--source", "toko")
    quarantine("replay", "--all")
    assert ids() == {"M9"}


def test_a_word_gets_a_meaning(town: Town):
    orders(town, satu=f"{LINES}A1,{AT},M1,1,5000,{AT},Slesai\n")
    main(["run"])
    quarantine("word", "status", "Slesai", "paid", "--why", "salah ketik", "--city", "samarinda", "--source", "orders")
    quarantine("replay", "--all")
    (line,) = fetch(TABLES["marketplace_orders"])
    assert line["status"] == "paid"
    (fix,) = fetch(FIXES)
    assert (fix["kind"], fix["column"], fix["written"], fix["means"]) == ("word", "status", "slesai", "paid")


def test_an_edited_cell_keeps_the_original_beside_it(town: Town):
    town.csv("toko", satu=f"{HEADER}M9,Toko,Sidodadi,kemarin\n")
    main(["run"])
    quarantine("edit", number(), "SEJAK", "2020-01-05", "--why", "menurut akta", "--by", "Budi", "--city", "samarinda")
    quarantine("replay", "--city", "samarinda", "--id", number())
    (shop,), (row,), (fix,) = fetch(TABLES["merchants"]), refused(), fetch(FIXES)
    assert str(shop["joined_on"]) == "2020-01-05" and row["state"] == "edited" and row["cells"]["SEJAK"] == "kemarin"
    assert (fix["written"], fix["means"], fix["made_by"], fix["why"]) == (
        "kemarin",
        "2020-01-05",
        "Budi",
        "menurut akta",
    )


def test_what_is_still_wrong_stays_open_and_says_what_is_wrong_now(town: Town):
    town.csv("toko", satu=f"{HEADER}M9,Toko,Jl. Merdeka,kemarin\n")
    main(["run"])
    before = refused()[0]
    quarantine("edit", number(), "SEJAK", "2020-01-05", "--why", "x", "--city", "samarinda")
    quarantine("replay", "--all")
    (after,) = refused()
    assert (before["column"], after["column"]) == ("joined_on", "area_code") and "Jl. Merdeka" in after["reason_id"]
    assert (after["state"], after["cells"], after["shown_value"]) == ("open", before["cells"], "Jl. Merdeka")
    assert [(run["received"], run["unchanged"]) for run in fetch(RUNS)][-1] == (1, 1) and balanced()


def test_a_fix_that_is_undone_is_out_of_force_and_stays_in_the_list(town: Town, capsys: pytest.CaptureFixture[str]):
    town.csv("toko", satu=ROAD)
    main(["run"])
    quarantine("alias", "Jl. Merdeka", "64.72.05.1004", "--why", "keliru", "--city", "samarinda")
    (fix,) = fetch(FIXES)
    quarantine("undo", str(fix["fix_id"]), "--why", "bukan itu", "--by", "Siti", "--city", "samarinda")
    quarantine("replay", "--all")
    assert ids() == set() and refused()[0]["state"] == "open"
    capsys.readouterr()
    quarantine("fixes")
    said = capsys.readouterr().out
    for word in ("Jl. Merdeka", "64.72.05.1004", "keliru", "Siti", "bukan itu"):
        assert word in said
    quarantine("undo", str(fix["fix_id"]), "--why", "lagi", "--city", "samarinda", code=2)


def test_a_dismissed_row_is_kept_and_not_told_again(town: Town):
    town.csv("toko", satu=ROAD)
    main(["run"])
    quarantine("dismiss", number(), "--why", "baris contoh", "--by", "Siti", "--city", "samarinda")
    town.drop(town.root / "toko_inbox" / "satu.csv", ROAD, at=1_600_000_009)
    town.drop(town.root / "toko_inbox" / "satu.csv", GOOD + ROAD.removeprefix(HEADER), at=1_600_000_019)
    main(["run"])
    (row,) = refused()
    assert (row["state"], row["resolved_why"], row["resolved_by"]) == ("dismissed", "baris contoh", "Siti")
    quarantine("dismiss", str(row["quarantine_id"]), "--why", "lagi", "--city", "samarinda", code=2)


def test_a_row_that_comes_again_in_good_order_closes_itself(town: Town):
    town.csv("toko", satu=ROAD + "M8,Toko Delapan,Jl. Merdeka,2020-01-01\n")
    main(["run"])
    town.drop(town.root / "toko_inbox" / "dua.csv", ROAD.replace("Jl. Merdeka", "Sidodadi"))
    main(["run"])
    assert [row["state"] for row in refused()] == ["redelivered", "open"]


def test_a_good_row_beside_a_bad_one_of_the_same_key_closes_nothing(town: Town):
    town.csv("toko", satu=ROAD + "M9,Toko,Sidodadi,2020-01-01\n")
    main(["run"])
    assert ids() == {"M9"} and [row["state"] for row in refused()] == ["open"]


def test_an_older_row_never_overwrites_what_came_since(town: Town):
    orders(town, satu=f"{LINES}A1,{AT},M1,1,murah,{AT},lunas\n")
    main(["run"])
    quarantine("edit", number(), "NILAI", "1000", "--why", "x", "--city", "samarinda")
    newer = AT.replace("10:", "11:")
    town.csv("kosong", satu=HEADER)  # another source brings the row meanwhile: nothing is closed by itself
    path = town.folder / "sources" / "orders.toml"
    (town.folder / "sources" / "lain.toml").write_text(path.read_text().replace("orders_inbox", "lain_inbox"))
    (town.root / "lain_inbox").mkdir()
    town.drop(town.root / "lain_inbox" / "dua.csv", f"{LINES}A1,{AT},M1,1,9000,{newer},lunas\n")
    main(["run"])
    quarantine("replay", "--all")
    (line,), (row,) = fetch(TABLES["marketplace_orders"]), refused()
    assert line["amount"] == 9000 and row["state"] != "open" and balanced()


@pytest.mark.parametrize("since", [AT, ""], ids=["the same revision", "no revision"])
def test_a_row_of_no_newer_revision_yields_to_what_came_since(town: Town, since: str):
    orders(town, satu=f"{LINES}A1,{AT},M1,1,murah,{since},lunas\n")
    main(["run"])
    quarantine("edit", number(), "NILAI", "1000", "--why", "x", "--city", "samarinda")
    path = town.folder / "sources" / "orders.toml"
    (town.folder / "sources" / "lain.toml").write_text(path.read_text().replace("orders_inbox", "lain_inbox"))
    (town.root / "lain_inbox").mkdir()
    town.drop(town.root / "lain_inbox" / "dua.csv", f"{LINES}A1,{AT},M1,1,9000,{since},lunas\n")
    main(["run"])
    quarantine("replay", "--all")
    (line,), (row,) = fetch(TABLES["marketplace_orders"]), refused()
    assert (line["amount"], row["state"]) == (9000, "redelivered") and balanced()
    assert {run["superseded"] for run in fetch(RUNS) if run["delivery"].startswith("karantina")} == {1}


def test_a_row_keeps_the_place_that_it_had_in_its_file(town: Town):
    lines = [f"A1,{AT},M1,1,{amount},{AT},lunas\n" for amount in (1000, "dua ribu", 3000)]
    orders(town, satu=LINES + "".join(lines))
    main(["run"])
    quarantine("edit", number(), "NILAI", "2000", "--why", "x", "--city", "samarinda")
    quarantine("replay", "--all")
    assert {row["line"]: row["amount"] for row in fetch(TABLES["marketplace_orders"])} == {1: 1000, 2: 2000, 3: 3000}


def test_a_row_that_was_refused_as_a_whole_is_not_guessed_at(town: Town, capsys: pytest.CaptureFixture[str]):
    town.csv("toko", satu=GOOD + "M9,Toko,Sidodadi,2020-01-01,lebih\n")
    main(["run"])
    quarantine("edit", number(), "SEJAK", "2020-01-01", "--why", "x", "--city", "samarinda", code=2)
    assert "seluruhnya" in capsys.readouterr().err
    quarantine("replay", "--all")
    assert refused()[0]["state"] == "open" and ids() == {"M1", "M2"}


def test_a_fix_that_cannot_be_meant_is_refused(town: Town, capsys: pytest.CaptureFixture[str]):
    orders(town, satu=f"{LINES}A1,{AT},M1,1,5000,{AT},Slesai\n")
    town.csv("toko", satu=ROAD)
    main(["run"])
    row = str(next(one["quarantine_id"] for one in refused() if one["source"] == "toko"))
    at, why = ["--city", "samarinda"], ["--why", "x"]
    orders_only = [*at, *why, "--source", "orders"]
    for arguments, told in (
        (["alias", "Jl. Merdeka", "64.72.99.1001", *at, *why], "64.72.99.1001"),
        (["alias", "Jl. Merdeka", "64.72", *at, *why], "64.72"),
        (["alias", "Jl. Merdeka", "64.72.05.1004", "--within", "64.72.05.1004", *at, *why], "bukan kode kecamatan"),
        (["alias", "Sidodadi", "64.72.05.1004", "--within", "64.72.03", *at, *why], "sudah berarti"),
        (["alias", "Jl. Merdeka", "64.72.05.1004", *at, "--why", " "], "alasan wajib diisi"),
        (
            ["word", "status", "Slesai", "selesai", *orders_only],
            "pending, paid, cancelled, refunded",
        ),
        (["word", "status", "lunas", "cancelled", *orders_only], "sudah berarti 'paid'"),
        (["word", "status", "-", "paid", *orders_only], "sel kosong bukan kata"),
        (
            ["word", "amount", "Slesai", "paid", *orders_only],
            "bukan kolom kata; yang ada: buyer_type",
        ),
        (["word", "status", "Slesai", "paid", *at, *why], "pilih satu sumber"),
        (["edit", row, "TANGGAL", "x", *at, *why], "yang ada: ID, KEL, NAMA, SEJAK"),
        (["edit", "0", "KEL", "x", *at, *why], "tidak ada baris karantina nomor 0"),
        (["dismiss", "0", *at, *why], "tidak ada baris karantina nomor 0"),
        (["undo", "0", *at, *why], "tidak ada perbaikan nomor 0"),
        (["replay"], "pilih --city"),
    ):
        quarantine(*arguments, code=2)
        said = capsys.readouterr().err
        assert told in said and " | " in said, (arguments, said)
    assert fetch(FIXES) == []


def test_causes_are_counted_and_say_what_would_fix_them(town: Town, capsys: pytest.CaptureFixture[str]):
    town.csv("toko", satu=ROAD + "M8,Toko Delapan,Jl. Merdeka,2020-01-01\nM7,,Sidodadi,2020-01-01\n")
    main(["run"])
    capsys.readouterr()
    quarantine("--group", "--json")
    causes = json.loads(capsys.readouterr().out)
    assert [(one["rows"], one["column"], one["reason_class"], one["value"]) for one in causes] == [
        (2, "area_code", "area", "Jl. Merdeka"), (1, "name", "missing", None),
    ]  # fmt: skip
    quarantine("--group")
    said = capsys.readouterr().out
    command = next(line for line in said.splitlines() if "alias" in line).partition("python -m etl quarantine ")[2]
    assert command == "alias 'Jl. Merdeka' KODE --city samarinda --why \"ALASAN\""
    quarantine("alias", "Jl. Merdeka", "64.72.05.1004", "--city", "samarinda", "--why", "menurut lurah")
    quarantine("replay", "--all")
    assert ids() == {"M8", "M9"}
    quarantine("--all", "--json")
    assert len(json.loads(capsys.readouterr().out)) == 3


def test_every_reason_is_said_in_both_languages():
    assert REASONS.keys() == set(Reason) and all(text.id and text.en for text in REASONS.values())


def test_the_web_sees_a_cell_only_where_its_column_is_not_personal(town: Town):
    orders(town, satu=f"{LINES}A1,{AT},M1,1,murah,{AT},lunas\nA2,{AT},M1,1,0812 3456 7890 rb,{AT},lunas\n")
    town.csv("toko", satu=f"{HEADER}M9,Toko,Sidodadi,2020-01-01,lebih\n")
    main(["run"])
    shown = [QUARANTINE.c[name] for name in ("source", "column", "reason_class", "shown_value", "state")]
    with reading(town.city.code) as connection:
        assert set(map(tuple, connection.execute(sa.select(*shown)))) == {
            ("orders", "amount", "unreadable", "murah", "open"),
            ("orders", "amount", "unreadable", None, "open"),  # a number in the wrong column may be somebody's
            ("toko", "", "row", None, "open"),
        }
