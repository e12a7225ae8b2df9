// Draws the answer of a panel into its place, in letters of one rem or more; only what is another picture is touched.
(() => {
  const { pantau } = window;
  const { h, svg, text } = pantau;
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

  function bars(place, { figure }, cell) {
    const [first, second] = figure.data;
    const most = Math.max(...first.x, ...(second?.x || []), 0) || 1;
    const aim = figure.layout.shapes?.[0]?.x0;
    const colours = [first.marker.color].flat();
    const at = (value) => `${Math.min(100, (100 * value) / most)}%`;
    const rows = first.y.slice(0, Math.max(1, cell.lines)).map((name, index) => {
      const fill = h('i');
      fill.style.width = at(first.x[index]);
      fill.style.setProperty('--fill', `var(--${(colours[index] || colours[0]).replace('token:', '')})`);
      const marks = [second && mark('u', at(second.x[index])), aim !== undefined && aim <= most && mark('s', at(aim))];
      return h('li', 'bar', [h('span', '', plain(name)), h('b', '', plain(first.text[index])), h('i', '', [fill, ...marks].filter(Boolean))]);
    });
    place.replaceChildren(h('ul', 'bars', rows));
  }

  function mark(tag, left) {
    const node = h(tag);
    node.style.left = left;
    return node;
  }

  // Texts of figures are escaped for plotly.
  const plain = (words) => String(words).replace(/<[^>]*>/g, '').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

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
    const named = dressed.data.filter(({ name, showlegend }) => name && showlegend !== false);
    legend.replaceChildren(...(named.length > 1 ? named.map(legendOf) : []));
    const size = rem();
    const axis = { tickfont: { size }, nticks: 5, automargin: true, fixedrange: true };
    Object.assign(dressed.layout, {
      showlegend: false, font: { ...dressed.layout.font, size }, margin: { l: 4, r: 4, t: 4, b: 4 }, hovermode: false,
      xaxis: { ...dressed.layout.xaxis, ...axis, nticks: Math.max(2, Math.floor(plot.clientWidth / (8 * size))), tickangle: 0, title: {} },
      yaxis: { ...dressed.layout.yaxis, ...axis, title: {} },
      width: plot.clientWidth, height: plot.clientHeight, autosize: false,
    });
    return window.Plotly.react(plot, dressed.data, dressed.layout, { staticPlot: true, displayModeBar: false, responsive: false, locale: pantau.language() });
  }

  function legendOf({ name, line, marker }) {
    const node = h('span', '', plain(name));
    node.style.setProperty('--fill', line?.color || [marker?.color].flat()[0]);
    return node;
  }

  function chart(place, answer, cell) {
    const { type, orientation } = answer.figure.data[0] || {};
    if (type === 'heatmap') return heat(place, answer);
    return type === 'bar' && orientation === 'h' ? bars(place, answer, cell) : series(place, answer);
  }

  const map = (place, { figure }, cell, cuts) => pantau.map(place, figure, {
    across: cuts.across.map((cut) => cut - cell.x - place.offsetLeft), down: cuts.down.map((cut) => cut - cell.y - place.offsetTop),
  });

  function ticker(place, { ticker: told }, { lines }) {
    place.replaceChildren(h('ol', 'events', told.rows.slice(0, Math.max(1, lines)).map((row) => h('li', `event is-${row.tone}`, [
      h('b', '', row.title), h('span', 'ago', '', { 'data-ago': row.at }), h('span', 'text', row.text), h('span', 'place', row.place),
    ]))));
  }

  // As many of its columns as there is room for, from the left, each as wide as its words.
  function table(place, { table: told }, { lines, w }) {
    const rows = told.rows.slice(0, Math.max(1, lines));
    const widths = told.columns.map(({ label: head }, column) => Math.max(head.length, ...rows.map((row) => row[column].length)) * 0.58 + 1);
    let [room, fitting] = [w / rem() - 1.1, 0];
    while (fitting < widths.length && room >= widths[fitting]) { room -= widths[fitting]; fitting += 1; }
    const cells = (row, tag) => row.slice(0, Math.max(1, fitting)).map((words) => h(tag, '', words));
    place.replaceChildren(h('table', 'rows', [h('thead', '', h('tr', '', cells(told.columns.map(({ label: head }) => head), 'th'))),
      h('tbody', '', rows.map((row, line) => h('tr', told.tones[line] ? `is-${told.tones[line]}` : '', cells(row, 'td'))))]));
  }

  pantau.draw = { tile, chart, map, ticker, table };
})();
