"""Orders against themselves: the total that a shop writes on each line, and the lines."""

import sqlalchemy as sa

from etl.cities import City
from etl.contract import Privacy
from etl.finding import Found, Rule, Severity, case
from etl.text import Text
from etl.warehouse import TABLES

LINES = TABLES["marketplace_orders"].c


def _total(city: City) -> Found:
    lines, lowest, highest = sa.func.sum(LINES.amount), sa.func.min(LINES.order_total), sa.func.max(LINES.order_total)
    found = case(
        LINES.order_id,
        total=highest,
        lines_add_up_to=lines,
        lines=sa.func.count(),
        merchant_id=sa.func.min(LINES.merchant_id),
        source=sa.func.min(LINES.source),
    )
    differs = sa.or_(lines != highest, lowest != highest)
    return found.where(LINES.city_code == city.code).group_by(LINES.order_id).having(differs)


RULES = (
    Rule(
        name="order_total",
        title=Text("Total pesanan tidak sama dengan barisnya", "Order totals that differ from their lines"),
        meaning=Text(
            "Pesanan yang total tertulisnya bukan jumlah barisnya: ada baris yang belum datang, ditolak, atau keliru",
            "An order whose written total is not the sum of its lines: a line is missing, was refused, or is wrong",
        ),
        reads=(("marketplace_orders", "order_total"),),
        severity=Severity.ERROR,
        owner=Text("pengelola pasar daring", "who runs the marketplace"),
        privacy=Privacy.P2,
        found=_total,
    ),
)
