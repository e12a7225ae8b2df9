// Fetches the answers of panels and draws them into their places: head, body or figure, note and foot.
(() => {
  const { pantau } = window;
  const { text } = pantau;
  const LONGEST_WAIT = 30000;
  const PATIENCE = 20000;
  const RING_AGAIN = 5000;
  const LONGEST_DRAWING = 3000;
  const WORTH_SAYING = 150; // whoever waits less needs no sign that he waits
  const memories = new Map();
  const whenIdle = window.requestIdleCallback || setTimeout;

  // A text is always a text node: nothing of an answer is ever parsed as HTML.
  function h(tag, className, children, attributes = {}) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
    node.append(...[children].flat().filter((child) => child || child === 0));
    return node;
  }

  const section = (name) => document.getElementById(`panel-${name}`);
  const pageName = () => document.querySelector('[data-page-name]')?.dataset.pageName;

  const address = (name) => pantau.panelAddress(pageName(), name);

  function memoryOf(name) {
    const key = `${pageName()}/${name}`;
    if (!memories.has(key)) memories.set(key, { failures: 0 });
    return memories.get(key);
  }

  // ---- asking -------------------------------------------------------------------------------------------------

  // Whether there is something to draw: what came, or that nothing did.
  async function ask(name) {
    const memory = memoryOf(name);
    const url = address(name);
    if (memory.asking === url) {
      memory.again = true;
      return false;
    }
    memory.flight?.abort();
    memory.flight = new AbortController();
    memory.asking = url;
    if (memory.url !== url) waits(memory, section(name));
    try {
      const ready = quoted(await pantau.early(url));
      const told = ready || (memory.asking === url && await alone(memory, url));
      if (memory.asking !== url) return false;
      Object.assign(memory, { url, ...told, failures: 0, complaint: '', seenAt: new Date() });
    } catch (failure) {
      if (memory.asking !== url) return false;
      failed(memory, name);
    }
    finished(memory, name);
    return isNew(memory, name);
  }

  function waits(memory, place) {
    memory.busy ||= setTimeout(() => place?.setAttribute('data-busy', ''), WORTH_SAYING);
  }

  // Beside others an ETag comes without the quotes that a header has.
  const quoted = (told) => told && { ...told, etag: `"${told.etag}"` };

  async function alone(memory, url) {
    const flight = memory.flight;
    const timer = setTimeout(() => flight.abort(), PATIENCE);
    const same = memory.url === url && memory.etag;
    try {
      const reply = await fetch(url, {
        signal: flight.signal, cache: 'no-store', headers: same ? { 'If-None-Match': memory.etag } : {},
      });
      const answer = reply.status === 304 ? memory.answer : await reply.json();
      if (reply.status >= 400 || answer.state === 'error') refused(memory, url, reply, answer.message || '');
      return { answer, etag: reply.headers.get('ETag') || memory.etag, versions: reply.headers.get('Versions') };
    } finally {
      clearTimeout(timer);
    }
  }

  // A server in trouble leaves the last picture; a question that makes no sense has no picture.
  function refused(memory, url, reply, message) {
    memory.complaint = message;
    if (reply.status >= 400 && reply.status < 500) Object.assign(memory, { url, answer: null, etag: '' });
    throw new Error(message);
  }

  function failed(memory, name) {
    memory.failures += 1;
    const wait = Math.min(LONGEST_WAIT, 1000 * 2 ** memory.failures) * (0.5 + Math.random() / 2);
    clearTimeout(memory.retry);
    memory.retry = setTimeout(() => pantau.ring(name), wait);
  }

  function finished(memory, name) {
    clearTimeout(memory.busy);
    section(name)?.removeAttribute('data-busy');
    if (memory.again) queueMicrotask(() => pantau.ring(name));
    else if (memory.answer && memory.old) whenIdle(() => pantau.ring(name)); // first what was said before is drawn
    Object.assign(memory, { asking: null, busy: 0, again: false, old: false });
  }

  // Nothing new in the answer, the theme or the place: what is drawn is left alone.
  function isNew(memory, name) {
    const place = section(name);
    const drawing = [memory.url, memory.etag, memory.failures > 0, pantau.look()].join('|');
    if (!place || (place.dataset.drawing === drawing && memory.drawnIn === place)) return false;
    place.dataset.drawing = drawing;
    place.dataset.state = memory.answer ? memory.answer.state : 'error';
    place.toggleAttribute('data-absent', memory.answer?.state === 'empty' && !memory.answer.fresh_at);
    memory.drawnIn = place;
    widen(place.closest('.grid'));
    return true;
  }

  // What a city does not have leaves no hole: the last panel of a row that is not full takes the rest of it.
  const COLUMNS = 12;
  const columns = (panel) => Number(panel.className.match(/span-(\d+)/)[1]);
  const wide = (panel, span) => panel.style.setProperty('--columns', span);

  function widen(grid) {
    if (!grid) return;
    let [used, last] = [0, null];
    for (const panel of grid.querySelectorAll(':scope > .panel:not([data-absent])')) {
      const span = columns(panel);
      if (last && used + span > COLUMNS) {
        wide(last, columns(last) + COLUMNS - used);
        used = 0;
      }
      wide(panel, span);
      [used, last] = [used + span, panel];
    }
    if (last) wide(last, columns(last) + COLUMNS - used);
  }

  // ---- drawing ------------------------------------------------------------------------------------------------

  const badge = (words, kind) => h('span', `badge badge--${kind}`, words);

  function head(name, answer) {
    const badges = [
      answer.approximate && badge(text('batas perkiraan', 'approximate boundaries'), 'calm'),
      answer.state === 'partial' && badge(text('sebagian', 'partial'), 'watch'),
    ].filter(Boolean);
    return [
      h('h2', 'panel-title', answer.title, { id: `title-${name}` }),
      answer.subtitle && h('p', 'panel-subtitle', answer.subtitle),
      badges.length > 0 && h('p', 'badges', badges),
    ].filter(Boolean);
  }

  function note(memory) {
    const { answer, failures } = memory;
    if (failures > 0) return h('p', 'note-words', troubled(memory), { role: 'status', title: memory.complaint });
    if (answer.state === 'ok' || !answer.message) return [];
    return h('p', 'note-words', answer.message, { role: 'status' });
  }

  const troubled = ({ answer, complaint }) => {
    if (answer) return text('Belum diperbarui – gambar terakhir', 'Not renewed – last picture');
    return complaint || text('Panel ini belum bisa dibuka. Dicoba lagi sendiri.',
      'This panel cannot be opened yet. Trying again by itself.');
  };

  const popover = (name, what, words, icon) => h('button', `tool tool--icon ${icon}`, words, {
    type: 'button', popovertarget: `${what}-${name}`, 'aria-label': labels(what), title: labels(what),
  });

  const labels = (what) => ({ table: text('Lihat sebagai tabel', 'See as a table'), meaning: text('Arti angka ini', 'What this means') }[what]);

  // Made once per panel and then only renewed, so that an open card or a focused button survives a live update.
  function foot(name, memory) {
    const place = section(name).querySelector('.panel-foot');
    const made = [memory.url.split('?')[0], pantau.language(), Boolean(memory.answer.table)].join(' ');
    if (place.dataset.made !== made) {
      place.replaceChildren(...newFoot(name, memory));
      place.dataset.made = made;
    }
    const { answer, url, seenAt } = memory;
    Object.assign(place.querySelector('.age').dataset, {
      at: answer.fresh_at || '', dataset: answer.fresh_dataset || '', promise: answer.promise_s ?? '',
    });
    place.querySelector('.source').textContent = answer.definition?.source || '';
    place.querySelectorAll('.icon--download').forEach((link) => { link.href = url.replace(/(?=\?)|$/, '.csv'); });
    place.querySelectorAll('.icon--link').forEach((link) => { link.href = permalink(name, seenAt); });
    place.querySelectorAll('.card:popover-open').forEach((card) => fill(card, name));
  }

  function newFoot(name, { answer }) {
    const small = section(name).dataset.kind === 'tile';
    const twinned = answer.table && answer.kind !== 'table';
    const tools = [twinned && popover(name, 'table', null, 'icon--table'), ...links()];
    return [
      h('span', 'age'), h('span', 'source'),
      h('span', 'tools', [...(small ? [] : tools), popover(name, 'meaning', '?', '')]),
      card(name, 'meaning', small ? tools : []), twinned && card(name, 'table', []),
    ].filter(Boolean);
  }

  const links = () => [
    h('a', 'tool tool--icon icon--download', null, { download: '', 'aria-label': text('Unduh CSV', 'Download CSV'), title: 'CSV' }),
    h('a', 'tool tool--icon icon--link', null, {
      'aria-label': text('Tautan tetap', 'Permalink'), title: text('Tautan tetap', 'Permalink'),
    }),
  ];

  // A card is empty until it is opened: a table of hundreds of rows costs nothing while nobody reads it.
  function card(name, what, tools) {
    const inside = h('div', 'card-inside');
    const node = h('div', what === 'table' ? 'card card--wide' : 'card', [closer(`${what}-${name}`), inside, h('p', 'tools', tools)], {
      id: `${what}-${name}`, popover: 'auto', 'data-what': what,
    });
    node.addEventListener('beforetoggle', (event) => {
      if (event.newState === 'open') fill(node, name);
      else inside.replaceChildren();
    });
    return node;
  }

  function fill(node, name) {
    const { answer } = memoryOf(name);
    const scroller = node.querySelector('.scroller');
    const [top, left] = [scroller?.scrollTop || 0, scroller?.scrollLeft || 0];
    node.querySelector('.card-inside').replaceChildren(...(node.dataset.what === 'table' ? table(answer) : meaning(answer)));
    node.querySelector('.scroller')?.scrollTo(left, top);
  }

  function permalink(name, seenAt) {
    const params = pantau.query();
    if (!params.has('as_of')) params.set('as_of', seenAt.toISOString().slice(0, 19) + 'Z');
    return `${location.pathname}${pantau.written(params)}#panel-${name}`;
  }

  function meaning({ definition = {}, unit }) {
    const rows = [
      [text('Arti', 'Meaning'), definition.meaning], [text('Cara hitung', 'Formula'), definition.formula],
      [text('Satuan', 'Unit'), definition.unit || unit], [text('Sumber', 'Source'), definition.source],
      [text('Pemilik', 'Owner'), definition.owner], [text('Lisensi', 'Licence'), definition.licence],
      [text('Asal-usul', 'Lineage'), lineage(definition.datasets)],
    ].filter(([, words]) => words);
    return [
      h('h2', '', definition.title || ''),
      h('dl', '', rows.flatMap(([term, words]) => [h('dt', '', term), h('dd', '', words)])),
    ];
  }

  // From a figure to what it stands on: the runs and files of each of its datasets.
  function lineage(datasets) {
    const place = pantau.link('/mutu');
    const address = (name) => `${place}${place.includes('?') ? '&' : '?'}saring=dataset:${name}`;
    const links = Object.entries(datasets || {}).map(([name, title]) => h('a', 'lineage', title, { href: address(name) }));
    return links.length > 0 && links;
  }

  const closer = (card) => h('button', 'tool tool--icon closer', '×', {
    type: 'button', popovertarget: card, popovertargetaction: 'hide', 'aria-label': text('Tutup', 'Close'),
  });

  const table = (answer) => [h('h2', '', answer.title), grid(answer.table)];

  function grid({ columns, rows, tones = [], patches = [] }) {
    const aligned = (index) => (columns[index].align === 'right' ? 'right' : '');
    const label = ({ label, unit }) => (unit ? `${label} (${unit})` : label);
    const top = columns.map((column, index) => h('th', aligned(index), label(column), { scope: 'col' }));
    const opens = (cell, patch) => (patch ? h('button', 'choice', cell, { type: 'button', 'data-patch': patch }) : cell);
    const inside = (cell, index, number) => (index === 0 ? opens(cell, patches[number]) : cell);
    const line = (row, number) => h('tr', tones[number] ? `is-${tones[number]}` : '',
      row.map((cell, index) => h('td', aligned(index), inside(cell, index, number))));
    const none = rows.length === 0 && h('p', 'no-rows', text('Tidak ada baris.', 'No rows.'));
    return h('div', 'scroller', [
      h('table', '', [h('thead', '', h('tr', '', top)), h('tbody', '', rows.map(line))]), none,
    ].filter(Boolean), { tabindex: '0' });
  }

  const body = {
    tile: ({ tile }) => [
      h('p', 'tile-value', [h('b', '', tile.value), ' ', h('span', 'tile-unit', tile.unit)]),
      h('p', `tile-change is-${tile.direction || 'none'}`, [
        tile.change && h('b', '', tile.change), ' ', h('span', '', tile.compared)].filter(Boolean)),
      tile.target && h('p', `tile-target ${{ true: 'is-met', false: 'is-missed' }[tile.met] || ''}`, tile.target),
      tile.spark?.length > 1 && spark(tile.spark),
    ].filter(Boolean),
    ticker: ({ ticker }) => h('ol', 'ticker', ticker.rows.map((row) => h('li', `event is-${row.tone}`, [
      h('span', 'event-age', null, { 'data-at': row.at }),
      h('b', 'event-title', row.title), h('span', 'event-place', row.place), h('span', 'event-text', row.text),
    ]))),
    table: ({ table: twin }) => grid(twin),
  };

  function svg(tag, attributes, children = []) {
    const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
    Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
    node.append(...children);
    return node;
  }

  function spark(numbers) {
    const low = Math.min(...numbers);
    const high = Math.max(...numbers);
    const y = (value) => (29 - 28 * ((value - low) / (high - low || 1))).toFixed(1);
    const points = numbers.map((value, index) => `${((100 * index) / (numbers.length - 1)).toFixed(1)} ${y(value)}`);
    const line = `M${points.join('L')}`;
    return svg('svg', { class: 'spark', viewBox: '0 0 100 30', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, [
      svg('path', { class: 'spark-line', d: line }), svg('path', { class: 'spark-area', d: `${line}L100 30L0 30Z` }),
    ]);
  }

  // ---- renewing -----------------------------------------------------------------------------------------------

  // Once for all panels that came in a frame.
  let ticking = 0;
  function tickSoon() {
    cancelAnimationFrame(ticking);
    ticking = requestAnimationFrame(pantau.tick);
  }

  async function renew(name) {
    if (await ask(name)) draw(name, memoryOf(name));
  }

  function draw(name, memory) {
    const place = section(name);
    const { answer } = memory;
    tickSoon();
    place.querySelector('.note').replaceChildren(...[note(memory)].flat());
    if (!answer) return;
    pantau.simulated(name, answer.simulated);
    place.querySelector('.panel-head').replaceChildren(...head(name, answer));
    foot(name, memory);
    const words = place.querySelector('.words');
    if (words) words.replaceChildren(...[answer[answer.kind] ? body[answer.kind]?.(answer) || [] : []].flat());
    else if (answer.figure) plotSoon(place.querySelector('.graph'), pantau.figure(answer.figure));
  }

  function drawAgain(name) {
    const memory = memoryOf(name);
    if (memory.answer && memory.url === address(name) && isNew(memory, name)) draw(name, memory);
  }

  pantau.ring = (name) => { if (section(name)) renew(name); };

  // The panels on the screen whose answer is of other versions; one that failed tries again at its own pace.
  pantau.behind = (versions) => [...document.querySelectorAll('[data-datasets]')]
    .filter(({ dataset }) => isBehind(memoryOf(dataset.panel), dataset.datasets.split(' ').map((name) => versions[name] ?? 0).join()))
    .map(({ dataset }) => dataset.panel);

  function isBehind(memory, wanted) {
    const waits = memory.asking || memory.failures > 0 || !memory.answer;
    const told = memory.told === wanted && Date.now() - memory.toldAt < RING_AGAIN;
    if (waits || told || memory.versions === wanted) return false;
    Object.assign(memory, { told: wanted, toldAt: Date.now() });
    return true;
  }

  const panels = () => [...document.querySelectorAll('[data-panel]')].map(({ dataset }) => dataset.panel);

  pantau.redraw = () => panels().forEach(drawAgain);

  // ---- graphs ---------------------------------------------------------------------------------------------------

  const { Plotly } = window;
  const graphs = new Map(); // and the figure that each shows
  const waiting = new Map();
  const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => refit(target)));

  // All words of what came together are written before the first graph asks the browser how large it is.
  function plotSoon(graph, figure) {
    if (waiting.size === 0) queueMicrotask(plotWaiting);
    waiting.set(graph, figure);
  }

  function plotWaiting() {
    const now = [...waiting];
    waiting.clear();
    now.filter(([graph]) => graph.isConnected).forEach(([graph, figure]) => plot(graph, figure));
  }

  function plot(graph, figure) {
    const names = legend(graph, figure);
    const isOut = ({ name }) => names.has(name) && isHidden(graph, name); // what has no button cannot be brought back
    const data = figure.data.map((trace) => (isOut(trace) ? { ...trace, visible: false } : trace));
    Plotly.react(graph, data, { ...figure.layout, showlegend: false }, {
      displayModeBar: false, showSendToCloud: false, plotlyServerURL: '', locale: pantau.language(),
    });
    graph.removeAllListeners('plotly_click'); // another language is another graph, that nobody listens to
    graph.on('plotly_click', click);
    graphs.set(graph, figure);
    sizes.observe(graph);
  }

  // A press on a name takes it out of the picture, so that the others are seen alone; it stays out in what comes later.
  const hidden = new WeakMap();
  const isHidden = (graph, name) => Boolean(hidden.get(graph)?.has(name));

  function legend(graph, figure) {
    const [place, names] = [graph.parentNode.querySelector('.legend'), pantau.legend(figure)];
    const made = JSON.stringify([names, pantau.look()]);
    if (place.dataset.made !== made) place.replaceChildren(...names.map((one) => key(graph, one))); // else a focus stays
    place.dataset.made = made;
    return new Set(names.map(({ name }) => name));
  }

  function key(graph, { name, words, colour, kind }) {
    const node = h('button', `key is-${kind}`, words, { type: 'button', 'aria-pressed': !isHidden(graph, name) });
    node.style.setProperty('--fill', colour);
    node.addEventListener('click', () => {
      const names = hidden.get(graph) || new Set();
      if (!names.delete(name)) names.add(name);
      hidden.set(graph, names);
      node.setAttribute('aria-pressed', !names.has(name));
      plot(graph, graphs.get(graph));
    });
    return node;
  }

  function refit(graph) {
    const { clientWidth, clientHeight, _fullLayout: drawn } = graph;
    const near = (one, other) => Math.abs(one - other) < 1; // a place may be a part of a pixel wider
    if (clientWidth && !(near(drawn.width, clientWidth) && near(drawn.height, clientHeight))) Plotly.Plots.resize(graph);
  }

  function forget(graph) {
    sizes.unobserve(graph);
    Plotly.purge(graph);
    graphs.delete(graph);
  }

  function click({ points }) {
    const customs = points.map(({ data, pointNumber, customdata }) => data.customdata?.[pointNumber] ?? customdata);
    const patch = customs.map(patchOf).find(Boolean);
    if (patch) pantau.merge(patch);
  }

  const patchOf = (custom) => [custom].flat().find((value) => typeof value === 'string' && value.includes('='));

  // ---- pages ----------------------------------------------------------------------------------------------------

  // A page came, or its question is another one. What was seen before is there at once, and asked for again.
  pantau.page = () => {
    const names = panels();
    names.forEach(drawAgain);
    if (!names.some((name) => pantau.isAhead(address(name)))) pantau.askTogether(pageName(), names);
    return Promise.allSettled(names.map(renew));
  };

  // A finger that goes down on a choice comes up on it, a tenth of a second later.
  addEventListener('pointerdown', ({ target }) => {
    const patch = target.closest?.('[data-patch]')?.dataset.patch;
    if (patch) pantau.foresee(patch, pageName(), panels());
  });

  const first = document.getElementById('first');

  // The first page is drawn before Dash is there: all of it moves into the same page of Dash's, open cards as they are.
  function came(page) {
    const same = first?.isConnected && first.firstElementChild.dataset.pageName === page.dataset.pageName;
    const move = page.moveBefore ? 'moveBefore' : 'insertBefore';
    if (same) {
      page.replaceChildren();
      [...first.firstElementChild.childNodes].forEach((part) => page[move](part, null));
    }
    first?.remove();
    [...graphs.keys()].filter((graph) => !graph.isConnected).forEach(forget);
    if (!same) pantau.page();
  }

  function look(place) {
    const page = place.querySelector('.page');
    if (page) came(page);
  }

  const arrival = new MutationObserver(() => {
    const place = pantau.placeOfPages();
    if (!place) return;
    arrival.disconnect();
    new MutationObserver(() => look(place)).observe(place, { childList: true });
    look(place);
  });
  arrival.observe(document.getElementById('react-entry-point'), { childList: true, subtree: true });

  // Dash only brings other pages: its scripts come when this one is drawn, or takes long; its own lines start them.
  function bringDash() {
    const { content } = document.getElementById('dash');
    const [files, lines] = ['[src]', ':not([src])'].map((kind) => [...content.querySelectorAll(`script${kind}`)]);
    files.forEach((file) => { file.async = false; }); // in their order
    files.at(-1).addEventListener('load', () => document.body.append(...lines));
    document.body.append(...files);
  }

  const patience = () => new Promise((resolve) => { setTimeout(resolve, LONGEST_DRAWING); });
  Promise.race(first ? [pantau.page(), patience()] : [0]).then(() => whenIdle(bringDash));
})();
