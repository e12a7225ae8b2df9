"""Hour of the day by day of the week."""

from dataclasses import dataclass

import sqlalchemy as sa

from dashboard import figures as fig
from dashboard import format as fmt
from dashboard.areas import Places
from dashboard.panels.base import Answer, IndicatorPanel, empty, twin, with_unit
from dashboard.queries import Asked, measure
from dashboard.words import WEEKDAYS
from etl.text import Text


@dataclass(frozen=True, kw_only=True)
class Heat(IndicatorPanel):
    """Hour of the day × day of the week."""

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language, indicator = asked.scope.language, self.indicator
        found = {
            int(point.key): point.value or 0.0 for point in measure(connection, indicator, asked, by="weekday_hour")
        }
        if not found:
            return empty(language)
        days, hours = WEEKDAYS[language], [f"{hour:02d}" for hour in range(24)]
        rows = [[found.get(day * 100 + hour, 0.0) for hour in range(24)] for day in range(1, 8)]
        hover = [
            [
                f"{name} {hour}.00 · {with_unit(number, indicator.unit, language)}"
                for hour, number in zip(hours, row, strict=True)
            ]
            for name, row in zip(days, rows, strict=True)
        ]
        busiest = max(found, key=lambda key: found[key])
        title = (self.title or indicator.title).say(language)
        when = f"{days[busiest // 100 - 1]} {busiest % 100:02d}.00"
        layout = {"yaxis": fig.downwards(days), "xaxis": {"type": "category", "dtick": 3}}
        heads = [(Text("Hari", "Day").say(language), ""), *((hour, "") for hour in hours)]
        table_rows = [
            [name, *(fmt.exact(number, indicator.unit, language) for number in row)]
            for name, row in zip(days, rows, strict=True)
        ]
        return {
            "title": f"{title}: {Text('teramai', 'busiest').say(language)} {when}",
            "figure": {"data": [fig.heat(hours, days, rows, hover)], "layout": layout},
            "table": twin(heads, table_rows, [(day, *row) for day, row in enumerate(rows, 1)]),
        }
