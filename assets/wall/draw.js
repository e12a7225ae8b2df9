// Draws the answer of a panel into its place, in letters of one rem or more; only what is another picture is touched.
(() => {
  const { pantau } = window;
  const { h, plain, svg, text } = pantau;
  const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);
  const wide = (words) => 0.56 * words.length; // em that a text takes

  const USUAL_NUMBER = 7; // letters: tiles of one size show numbers of one size, unless one is longer

  // The largest number that its tile has room for, at least one and a half rem.
  function numberSize({ w, h: high }, words) {
    const room = Math.min((w / rem() - 1.4) / wide(words.padEnd(USUAL_NUMBER)), (high / rem() - 6.3) / 1.1);
    return `${Math.max(1.5, Math.min(room, 6)).toFixed(2)}rem`;
  }

  function tile(place, { tile: told }, cell) {
    const value = h('p', 'value', [h('b', '', told.value), told.unit && h('span', '', told.unit)]);
    value.style.setProperty('--number', numberSize(cell, told.value));
    const whole = told.change && `${told.change} ${told.compared}`;
    const roomy = cell.h / rem() > 9.3 && wide(whole) < cell.w / rem() - 1.1;
    const aim = told.target && h('p', `target ${{ true: 'is-met', false: 'is-missed' }[told.met] || ''}`, told.unit ? told.target.replace(` ${told.unit}`, '') : told.target);
    const change = h('span', `change is-${told.direction}`, roomy ? whole : told.change);
    place.replaceChildren(value, ...[aim].filter(Boolean), h('p', 'foot', [change, place.age]));
  }

  const fillOf = (trace, index) => `var(--${([trace.marker.color].flat()[index] || [trace.marker.color].flat()[0]).replace('token:', '')})`;

  // Names over their bars. One trace of bars, with marks of a companion; several of them beside each other or stacked.
  function bars(place, { figure }, cell) {
    const traces = figure.data.filter(({ type }) => type === 'bar');
    const companion = figure.data.find(({ type }) => type !== 'bar');
    const stacked = figure.layout.barmode === 'stack';
    const wholes = traces[0].x.map((_, index) => traces.map(({ x }) => x[index] || 0));
    const most = Math.max(...wholes.map((parts) => (stacked ? parts.reduce((a, c) => a + c, 0) : Math.max(...parts))), ...(companion?.x || []), 0) || 1;
    const aim = figure.layout.shapes?.[0]?.x0;
    const share = (value) => `${Math.min(100, (100 * (value || 0)) / most)}%`;
    const marks = (index) => [companion && mark('u', share(companion.x[index])), aim !== undefined && aim <= most && mark('s', share(aim))].filter(Boolean);
    const rows = traces[0].y.slice(0, Math.max(1, cell.lines)).map((name, index) => h('li', 'bar', [
      h('span', '', plain(name)), h('b', '', traces.map(({ text: words }) => plain(words[index])).filter(Boolean).join(stacked ? ' + ' : ' · ')),
      h('i', stacked ? 'is-stacked' : '', [...traces.map((trace) => part(share(trace.x[index]), fillOf(trace, index))), ...marks(index)]),
    ]));
    const legend = traces.length > 1 && h('p', 'legend', traces.map((trace) => coloured(plain(trace.name), fillOf(trace, 0))));
    place.replaceChildren(h('div', 'series', [legend, h('ul', 'bars', rows)].filter(Boolean)));
  }

  function part(width, colour) {
    const node = h('i');
    node.style.width = width;
    node.style.setProperty('--fill', colour);
    return node;
  }

  function coloured(words, colour) {
    const node = h('span', '', words);
    node.style.setProperty('--fill', colour);
    return node;
  }

  function mark(tag, left) {
    const node = h(tag);
    node.style.left = left;
    return node;
  }

  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  function heat(place, { figure }) {
    const { x, y, z } = figure.data[0];
    const { clientWidth: width, clientHeight: height } = place;
    const [left, bottom] = [2.2 * rem(), 1.3 * rem()];
    const [w, high] = [(width - left) / x.length, (height - bottom) / y.length];
    const most = Math.max(...z.flat(), 1);
    const stops = token('amount').split(/\s*,\s*/);
    const colour = (value) => stops[Math.min(stops.length - 1, Math.round((value / most) * (stops.length - 1)))];
    const cells = z.flatMap((row, line) => row.map((value, column) => svg('rect', {
      x: left + column * w, y: line * high, width: w - 1, height: high - 1, fill: colour(value) })));
    const days = y.map((name, line) => label(name, 0, (line + 0.5) * high, 'start'));
    const hours = x.map((name, column) => (column % 6 === 0 ? label(name, left + column * w, height - 0.5 * bottom, 'start') : null));
    place.replaceChildren(svg('svg', { class: 'heat', viewBox: `0 0 ${width} ${height}` }, [...cells, ...days, ...hours.filter(Boolean)]));
  }

  function label(words, x, y, anchor) {
    const node = svg('text', { x, y, 'text-anchor': anchor, 'dominant-baseline': 'middle' });
    node.textContent = words;
    return node;
  }

  // The only chart that plotly draws: axes of time and of amounts are what it is good at.
  function series(place, { figure }) {
    let [legend, plot] = place.querySelectorAll('.legend, .plot');
    if (!plot) {
      [legend, plot] = [h('p', 'legend'), h('div', 'plot')];
      place.replaceChildren(h('div', 'series', [legend, plot]));
    }
    const dressed = pantau.figure(figure);
    const names = pantau.legend(dressed);
    legend.replaceChildren(...(names.length > 1 ? names.map(({ words, colour }) => coloured(words, colour)) : []));
    const { clientWidth: width, clientHeight: height } = plot;
    Object.assign(dressed.layout, {
      width, height, autosize: false, showlegend: false, hovermode: false, font: { ...dressed.layout.font, size: rem() },
      ...axes(dressed.layout, width, height),
    });
    return window.Plotly.react(plot, dressed.data, dressed.layout, { staticPlot: true, displayModeBar: false, responsive: false, locale: pantau.language() });
  }

  const DAYS_OF_MONTHS = 130; // a longer course is labelled by months

  // Margins are made for the letters, not by plotly's guess: the amounts to the left, one line of days below.
  function axes({ xaxis = {}, yaxis = {} }, width, height) {
    const size = rem();
    const { tickvals = [], ticktext = [] } = yaxis;
    const step = Math.max(1, Math.ceil(tickvals.length / Math.max(2, Math.floor((height - 2.5 * size) / (1.5 * size)))));
    const thinned = (values) => values.filter((_, index) => index % step === 0);
    const longest = Math.max(2, ...ticktext.map((words) => words.length));
    const plain = { tickfont: { size }, automargin: false, fixedrange: true, title: {} };
    const amounts = tickvals.length ? { tickvals: thinned(tickvals), ticktext: thinned(ticktext) } : { nticks: 3 };
    return {
      margin: { l: (0.6 * longest + 0.4) * size, r: 0.7 * size, t: 0.6 * size, b: 2.1 * size },
      xaxis: { ...xaxis, ...plain, nticks: Math.max(2, Math.floor(width / (9 * size))), tickangle: 0, ticklabeloverflow: 'hide past domain', ticklabelstandoff: 0.55 * size, tickformat: dayFormat(xaxis.range) },
      yaxis: { ...yaxis, ...plain, ...amounts },
    };
  }

  const dayFormat = (range) => {
    const days = range ? (Date.parse(range[1]) - Date.parse(range[0])) / 86_400_000 : 0;
    return days > DAYS_OF_MONTHS ? '%b %y' : '%-d %b';
  };

  function chart(place, answer, cell) {
    const { type, orientation } = answer.figure.data[0] || {};
    if (type === 'heatmap') return heat(place, answer);
    return type === 'bar' && orientation === 'h' ? bars(place, answer, cell) : series(place, answer);
  }

  const map = (place, { figure }, cell, cuts) => pantau.map(place, figure, {
    across: cuts.across.map((cut) => cut - cell.x - place.offsetLeft), down: cuts.down.map((cut) => cut - cell.y - place.offsetTop),
  });

  // Words take as many lines as they need: what is cut off cannot be read. Events that have no room are left out.
  function ticker(place, { ticker: told }, { lines }) {
    const events = h('ol', 'events', told.rows.slice(0, Math.max(1, lines)).map((row) => h('li', `event is-${row.tone}`, [
      h('p', '', [h('b', '', row.title), h('span', 'ago', '', { 'data-ago': row.at })]),
      h('p', 'about', [h('span', '', row.text), h('span', '', row.place)]),
    ])));
    place.replaceChildren(events);
    while (events.children.length > 1 && events.scrollHeight > place.clientHeight) events.lastChild.remove();
  }

  // The columns for which there is room, from the left, each as wide as its longest words.
  function table(place, { table: told }, { lines, w }) {
    const rows = told.rows.slice(0, Math.max(1, lines));
    let room = w / rem() - 1.1;
    const fitting = told.columns.map(({ label: head }, column) => {
      const width = 0.58 * Math.max(head.length, ...rows.map((row) => row[column].length)) + 1;
      const fits = width <= room;
      room -= fits ? width : 0;
      return fits;
    });
    const cells = (row, tag) => row.filter((_, column) => fitting[column]).map((words) => h(tag, '', words));
    const line = (row, index) => h('tr', told.tones?.[index] ? `is-${told.tones[index]}` : '', cells(row, 'td'));
    place.replaceChildren(h('table', 'rows', [h('thead', '', h('tr', '', cells(told.columns.map(({ label: head }) => head), 'th'))),
      h('tbody', '', rows.map(line))]));
  }

  pantau.draw = { tile, chart, map, ticker, table };
})();
