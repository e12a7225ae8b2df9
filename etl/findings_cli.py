"""``python -m etl findings``: make the cross-checks now and list what they find, for the data steward."""

import argparse
import json
import sys
from typing import Any

from etl.cities import City, all_cities, load_city
from etl.crosschecks import check, findings, missing, rules
from etl.finding import Rule
from etl.warehouse import Role, engine


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``findings``."""
    parser.add_argument("--city", help="satu kota (slug)")
    parser.add_argument("--rule", choices=sorted(rules()), help="satu pemeriksaan | one check")
    parser.add_argument("--all", action="store_true", help="juga yang sudah tidak berlaku | cleared ones too")
    parser.add_argument("--json", action="store_true")


def run(said: argparse.Namespace) -> int:
    """Make the checks that were asked for and say what they found."""
    cities = [load_city(said.city)] if said.city else all_cities()
    chosen = [rules()[said.rule]] if said.rule else list(rules().values())
    told = [(city, _told(rule, city, said.all)) for city in cities for rule in chosen]
    if said.json:
        json.dump([one for _, one in told], sys.stdout, indent=1, default=str)
        return 0
    for city, one in told:
        print(_lines(city, one))
    print("Temuan adalah alasan untuk memeriksa, bukan putusan | a finding is a reason to look, not a verdict")
    return 0


def _told(rule: Rule, city: City, cleared: bool) -> dict[str, Any]:
    found = check(rule, city)
    with engine(Role.ETL).connect() as connection:
        listed = findings(connection, city.code, rule.name, cleared)
        lacks = missing(connection, rule, city) if found is None else None
    return {
        "city": city.slug,
        "rule": rule.name,
        "title": rule.title._asdict(),
        "meaning": rule.meaning._asdict(),
        "severity": rule.severity,
        "owner": rule.owner._asdict(),
        "found": found,
        "missing": lacks,
        "findings": listed,
    }


def _lines(city: City, told: dict[str, Any]) -> str:
    name = f"{city}/{told['rule']}: {told['title']['id']} | {told['title']['en']}"
    if told["found"] is None:
        lacks = told["missing"] or f"cities/{city}/city.toml"
        return f"{name}: tidak dapat diperiksa, belum ada {lacks} | cannot be checked, there is no {lacks} yet"
    owner = f"{told['owner']['id']} | {told['owner']['en']}"
    return "\n".join([f"{name}: {told['found']} → {owner}", *(_line(city, one) for one in told["findings"])])


def _line(city: City, one: dict[str, Any]) -> str:
    evidence = ", ".join(f"{name} {json.dumps(value, ensure_ascii=False)}" for name, value in one["evidence"].items())
    since = f"sejak | since {city.clock(one['first_seen'])}"
    until = f" [tidak berlaku lagi | cleared {city.clock(one['cleared_at'])}]" if one["cleared_at"] else ""
    return f"    #{one['finding_id']} {one['subject']}, {since}: {evidence}{until}"
