// The URL is the state. Everything that a user chooses is a key of the query string:
// kota, wilayah, periode | sejak + sampai, saring (dim:value, repeatable), as_of, bahasa, tema.
(() => {
  const KEPT = ['kota', 'wilayah', 'periode', 'sejak', 'sampai', 'bahasa', 'tema'];
  const WALL_WIDTH = 1920;
  const root = document.documentElement;
  let path = location.pathname;

  const query = () => new URLSearchParams(location.search);
  const language = () => (query().get('bahasa') === 'en' ? 'en' : 'id');
  const theme = () => query().get('tema') || defaultTheme();
  const text = (id, en) => (language() === 'en' ? en : id);

  function defaultTheme() {
    const dark = innerWidth >= WALL_WIDTH || matchMedia('(prefers-color-scheme: dark)').matches;
    return dark ? 'gelap' : 'terang';
  }

  function written(params) {
    const words = params.toString().replaceAll('%3A', ':').replaceAll('%2C', ',');
    return words && `?${words}`;
  }

  // A patch is itself a query string; an empty value removes its key.
  function merged(patch) {
    const next = query();
    for (const [key, value] of new URLSearchParams(patch)) {
      if (key === 'saring') toggle(next, value);
      else if (value) next.set(key, value);
      else next.delete(key);
      forget(next, key);
    }
    return next;
  }

  // Choices that replace one another.
  function forget(params, key) {
    const gone = { periode: ['sejak', 'sampai'], sejak: ['periode'], sampai: ['periode'], kota: ['wilayah', 'saring'] };
    (gone[key] || []).forEach((other) => params.delete(other));
  }

  // One value per dimension; the same value again takes the filter away, an empty one too.
  function toggle(params, filter) {
    const old = params.getAll('saring');
    const dimension = filter.split(':')[0];
    const rest = filter ? old.filter((one) => one.split(':')[0] !== dimension) : [];
    const wanted = filter.includes(':') && !filter.endsWith(':') && !old.includes(filter);
    params.delete('saring');
    [...rest, ...(wanted ? [filter] : [])].forEach((one) => params.append('saring', one));
  }

  function merge(patch) {
    const next = written(merged(patch));
    if (next === location.search) return;
    history.pushState({}, '', location.pathname + next);
    announce();
  }

  // The panels on the page ask again; panels of another page ask by themselves when they come.
  function announce() {
    window.pantau.page?.();
    refit();
  }

  function refit() {
    dress();
    dispatchEvent(new Event('pantau:scope'));
  }

  // A language that is told again makes the browser look at the style of every element again.
  function dress() {
    if (root.lang !== language()) root.lang = language();
    if (root.dataset.theme !== theme()) root.dataset.theme = theme();
  }

  // The address of another page, keeping what was chosen.
  function link(page) {
    const params = query();
    [...params.keys()].filter((key) => !KEPT.includes(key)).forEach((key) => params.delete(key));
    return page + written(params);
  }

  const placeOfPages = () => document.getElementById('_pages_content'); // where Dash puts a page, once it is there

  // Dash renders another page when it hears this event of its own links.
  function go(address) {
    if (!placeOfPages()) {
      location.assign(address);
      return;
    }
    history.pushState({}, '', address);
    path = location.pathname;
    dispatchEvent(new CustomEvent('_dashprivate_pushstate'));
    refit();
    scrollTo(0, 0);
  }

  // Back and forward within a page change only the scope: Dash's router would draw the page anew.
  addEventListener('popstate', (event) => {
    if (location.pathname !== path) {
      path = location.pathname;
      refit();
      return;
    }
    event.stopImmediatePropagation();
    announce();
  }, { capture: true });

  // ---- what a page asks for at once: on its way while the scripts that will draw it are still read ---------------

  const PATIENCE = 20000;
  const FORESEEN_FOR = 2000; // whoever goes elsewhere finds no old answer later
  const ahead = new Map();
  const fetched = (url, how) => fetch(url, { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE), ...how });

  function asked(params = query()) {
    params.delete('tema');
    return written(params);
  }

  const panelAddress = (page, name, params) => `/panel/${page}/${name}${asked(params)}`;

  // What is ready of several panels comes in one answer; one that is not in it is asked for by itself.
  function askTogether(page, names, how = {}, params = query()) {
    const parts = fetched(`/panels/${page}${asked(params)}`, how).then((reply) => (reply.ok ? reply.json() : {})).catch(() => ({}));
    names.forEach((name) => ahead.set(panelAddress(page, name, params), parts.then((told) => told[name])));
  }

  // What is ready of a choice that is pressed, before it is let go.
  function foresee(patch, page, names) {
    const params = merged(patch);
    if (written(params) === location.search || names.some((name) => isAhead(panelAddress(page, name, params)))) return;
    askTogether(page, names, {}, params);
    setTimeout(() => names.forEach((name) => ahead.delete(panelAddress(page, name, params))), FORESEEN_FOR);
  }

  function askAhead() {
    const [page, ...names] = (root.dataset.ahead || '').split(' ').filter(Boolean);
    if (!page) return;
    const low = { priority: 'low' };
    const meta = `/meta?bahasa=${language()}`;
    ahead.set(meta, fetched(meta, low));
    ahead.get(meta).catch(() => {}); // whoever takes it hears of it
    if (names.length > 0) askTogether(page, names, low);
  }

  const isAhead = (url) => ahead.has(url);

  // An answer is taken once: later ones are asked for when they are wanted.
  function early(url) {
    const reply = ahead.get(url);
    ahead.delete(url);
    return reply;
  }

  dress();
  window.pantau = { query, language, theme, text, merge, link, go, placeOfPages, dress, written, panelAddress, askTogether, foresee, isAhead, early };
  askAhead();
})();
