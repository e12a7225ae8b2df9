// The frame around the pages: navigation, filters, keys, ages. Reads /meta once per language.
(() => {
  const { pantau } = window;
  const { text } = pantau;
  const PERIODS = [
    ['hari-ini', 'Hari ini', 'Today'], ['7h', '7 hari', '7 days'], ['30h', '30 hari', '30 days'],
    ['90h', '90 hari', '90 days'], ['1th', '1 tahun', '1 year'], ['semua', 'Semua', 'All'],
  ];
  const at = (id) => document.getElementById(id);
  let meta = { cities: [], plain: [], pages: [], words: {} };
  let metaLanguage = '';

  const city = () => meta.cities.find(({ slug }) => slug === pantau.query().get('kota')) || meta.cities[0];
  const defaultPeriod = () => meta.pages.find(({ path }) => path === location.pathname)?.period;
  const areas = () => city()?.areas || [];
  const areaOf = (code) => areas().find((area) => area.code === code);

  function element(tag, properties = {}, children = []) {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  }

  function choice(label, patch, chosen) {
    const button = element('button', { type: 'button', className: 'choice', textContent: label });
    button.dataset.patch = patch;
    button.setAttribute('aria-pressed', chosen);
    return button;
  }

  // ---- parts of the frame -------------------------------------------------------------------------------------

  const icon = (name) => element('span', { className: `icon icon--${name}`, ariaHidden: 'true' });

  const openHere = () => [...(meta.plain || []), ...meta.pages].filter(({ cities }) => cities.includes(city()?.slug));

  function pageLink({ path, title, icon: name, period }) {
    const link = element('a', {}, [icon(name), element('span', { textContent: title })]);
    link.dataset.to = path;
    if (period) link.dataset.page = path; // a plain page is another document
    if (path === location.pathname) link.setAttribute('aria-current', 'page');
    return link;
  }

  // Made anew for another city, page or language; a filter only changes where the links lead.
  let drawnOf = [];
  function drawPages() {
    const of = [meta, city(), location.pathname];
    if (of.some((part, index) => part !== drawnOf[index])) newPages();
    drawnOf = of;
    document.querySelectorAll('.pages a, .every-page a').forEach((link) => { link.href = pantau.link(link.dataset.to); });
  }

  function newPages() {
    at('pages').replaceChildren(...openHere().map(pageLink));
    document.querySelector('.every-page').replaceChildren(...openHere().map(pageLink));
    at('every-page').hidePopover();
    fitPages();
  }

  // To measure makes the browser lay the page out: once a frame, however often something changed before it.
  let fitting = 0;
  function fitPages() {
    cancelAnimationFrame(fitting);
    fitting = requestAnimationFrame(fit);
  }

  // A bar that is wider than its place shows the page that one is on, and a button that opens all of them.
  function fit() {
    const bar = at('pages');
    at('every-page-switch').hidden = true;
    at('every-page-switch').hidden = bar.scrollWidth <= bar.clientWidth;
    const here = bar.querySelector('[aria-current]');
    bar.scrollLeft = here ? here.offsetLeft - bar.offsetLeft + (here.offsetWidth - bar.clientWidth) / 2 : 0;
  }

  function drawCities() {
    const here = city()?.slug;
    at('cities').replaceChildren(...meta.cities.map(({ slug, name }) => choice(name, `kota=${slug}`, slug === here)));
  }

  function drawPeriods() {
    const params = pantau.query();
    const chosen = params.has('sejak') || params.has('sampai') ? '' : params.get('periode') || defaultPeriod();
    at('periods').replaceChildren(...PERIODS.map(([key, id, en]) => choice(text(id, en), `periode=${key}`, key === chosen)));
    at('range').elements.sejak.value = params.get('sejak') || '';
    at('range').elements.sampai.value = params.get('sampai') || '';
  }

  // Kota › Kecamatan › Kelurahan, from the chosen area up through its parents.
  function drawTrail() {
    const steps = [];
    for (let area = areaOf(pantau.query().get('wilayah')); area; area = areaOf(area.parent)) steps.unshift(area);
    const below = steps.filter(({ name }) => name !== city()?.name);
    const links = [choice(text('Kota', 'City'), 'wilayah=', below.length === 0),
      ...below.map(({ name, code }, index) => choice(name, `wilayah=${code}`, index === below.length - 1))];
    at('trail').replaceChildren(...links);
  }

  const label = (area) => [area.name, areaOf(area.parent)?.name].filter((name) => name && name !== city().name).join(', ');

  function drawPicker() {
    at('area').placeholder = text('Cari kecamatan, kelurahan', 'Find an area');
    at('area').value = '';
    if (at('areas').dataset.city === city()?.slug) return;
    at('areas').dataset.city = city()?.slug || '';
    at('areas').replaceChildren(...areas().map((area) => element('option', { value: label(area) })));
  }

  function drawChips() {
    const params = pantau.query();
    const chips = params.getAll('saring').map((filter) => {
      const [dimension, ...value] = filter.split(':');
      const named = meta.pages.find(({ path }) => path === location.pathname)?.dimensions?.[dimension] || dimension;
      return chip(`${named}: ${meta.words?.[value.join(':')] || value.join(':')}`, `saring=${dimension}:`);
    });
    const own = meta.agencies?.[city()?.slug];
    if (own) chips.push(element('li', {}, [element('span', { className: 'chip', textContent: text(`Hanya OPD ${own}`, `Only agency ${own}`) })]));
    if (params.has('as_of')) chips.push(chip(text('Per ', 'As of ') + moment(params.get('as_of')), 'as_of='));
    at('chips').replaceChildren(...chips);
    at('chips').hidden = chips.length === 0;
  }

  function chip(words, patch) {
    const button = choice(`${words} ×`, patch, true);
    button.className = 'chip';
    button.setAttribute('aria-label', `${text('Hapus saringan', 'Clear filter')} ${words}`);
    return element('li', {}, [button]);
  }

  // ---- time ---------------------------------------------------------------------------------------------------

  const zone = () => city()?.zone || 'Asia/Jakarta';
  const SHORT_ZONES = { 'Asia/Jakarta': 'WIB', 'Asia/Pontianak': 'WIB', 'Asia/Makassar': 'WITA', 'Asia/Jayapura': 'WIT' };
  const locale = () => text('id-ID', 'en-GB');

  const FORMATS = {
    moment: { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' },
    day: { weekday: 'short', day: 'numeric', month: 'short' },
    time: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
  };
  const formats = new Map(); // to make one takes longer than to use it a hundred times

  function dated(name, at) {
    const key = [name, locale(), zone()].join(' ');
    if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(locale(), { timeZone: zone(), ...FORMATS[name] }));
    return formats.get(key).format(at);
  }

  const moment = (iso) => `${dated('moment', new Date(iso))} ${SHORT_ZONES[zone()] || ''}`;

  function clock() {
    const now = new Date();
    return `${dated('day', now)} ${dated('time', now)} ${SHORT_ZONES[zone()] || ''}`;
  }

  // 3 dtk, 12 mnt, 2 j, 5 hr.
  function age(seconds) {
    const steps = [[86400, 'hr', 'd'], [3600, 'j', 'h'], [60, 'mnt', 'min'], [1, 'dtk', 's']];
    const [size, id, en] = steps.find(([length]) => seconds >= length) || steps.at(-1);
    return `${Math.floor(Math.max(0, seconds) / size)} ${text(id, en)}`;
  }

  function write(node, words) {
    if (node.textContent !== words) node.textContent = words;
  }

  // The doorbell hears of a source that had nothing new to say; the panel's own answer does not change then.
  const knownUntil = ({ at: told, dataset }) => [told, pantau.fresh?.[dataset] || ''].sort().at(-1);

  pantau.tick = () => {
    const now = pantau.now();
    write(at('clock'), clock());
    for (const node of document.querySelectorAll('[data-at]')) {
      const seconds = (now - Date.parse(knownUntil(node.dataset))) / 1000;
      write(node, Number.isNaN(seconds) ? '–' : age(seconds));
      node.title = Number.isNaN(seconds) ? '' : moment(knownUntil(node.dataset));
      const promise = parseFloat(node.dataset.promise);
      node.toggleAttribute('data-stale', seconds > promise);
    }
  };

  // ---- simulated data -----------------------------------------------------------------------------------------

  const simulated = new Map();
  pantau.simulated = (panel, is) => {
    simulated.set(panel, is);
    at('simulated').hidden = ![...simulated].some(([name, yes]) => yes && at(`panel-${name}`));
  };

  // ---- drawing all of it --------------------------------------------------------------------------------------

  async function learn() {
    const language = pantau.language();
    if (metaLanguage === language) return;
    metaLanguage = language;
    try {
      const reply = await (pantau.early(`/meta?bahasa=${language}`) || fetch(`/meta?bahasa=${language}`));
      if (!reply.ok) throw new Error(`${reply.status}`);
      meta = await reply.json();
    } catch (failure) {
      metaLanguage = '';
      setTimeout(draw, 3000);
      return;
    }
    draw();
  }

  function draw() {
    learn();
    [drawPages, drawCities, drawPeriods, drawTrail, drawPicker, drawChips, pantau.tick].forEach((part) => part());
    at('account').title = meta.name || '';
    at('account').ariaLabel = `${text('Akun', 'Account')}: ${meta.name || ''}`;
    at('account').hidden = !meta.name;
    at('theme').setAttribute('aria-pressed', pantau.theme() === 'gelap');
  }

  // ---- hands --------------------------------------------------------------------------------------------------

  const otherTheme = () => `tema=${pantau.theme() === 'gelap' ? 'terang' : 'gelap'}`;
  const otherLanguage = () => `bahasa=${pantau.language() === 'en' ? 'id' : 'en'}`;
  const wholeScreen = () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen());

  function clear() {
    const params = pantau.query();
    if (document.querySelector('[popover]:popover-open')) return;
    if (params.has('saring')) pantau.merge('saring=');
    else if (params.has('wilayah')) pantau.merge('wilayah=');
  }

  const keys = {
    Escape: clear,
    '/': () => at('area').focus(),
    t: () => pantau.merge(otherTheme()),
    l: () => pantau.merge(otherLanguage()),
    f: wholeScreen,
    '?': () => at('help').togglePopover(),
  };

  addEventListener('keydown', (event) => {
    const typing = event.target.matches?.('input, select, textarea');
    if (event.key === 'Escape' && typing) event.target.blur();
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    if (event.key !== 'Escape') event.preventDefault();
    keys[event.key]();
  });

  addEventListener('click', (event) => {
    const patched = event.target.closest?.('[data-patch]');
    if (patched) pantau.merge(patched.dataset.patch);
    const link = event.target.closest?.('a[data-page]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    pantau.go(pantau.link(link.dataset.page));
  });

  at('theme').addEventListener('click', keys.t);
  at('language').addEventListener('click', keys.l);
  at('fullscreen').addEventListener('click', wholeScreen);
  at('filters-switch').addEventListener('click', ({ currentTarget }) => {
    currentTarget.setAttribute('aria-expanded', at('filters').classList.toggle('is-open'));
  });
  at('area').addEventListener('change', ({ target }) => {
    const wanted = target.value.trim().toLowerCase();
    const found = areas().find((area) => label(area).toLowerCase() === wanted)
      || areas().find((area) => wanted && area.name.toLowerCase().startsWith(wanted));
    if (found) pantau.merge(`wilayah=${found.code}`);
  });
  at('range').addEventListener('change', ({ target }) => pantau.merge(`${target.name}=${target.value}`));

  let look = pantau.look();
  addEventListener('resize', () => {
    pantau.dress();
    fitPages();
    if (look === pantau.look()) return;
    look = pantau.look();
    pantau.redraw();
  });
  // A plain page opens for the city and in the language that this one is about.
  addEventListener('click', ({ target }) => {
    const link = target.closest?.('a.further');
    if (link) link.href = pantau.link(link.pathname);
  }, { capture: true });
  addEventListener('pantau:scope', draw);
  pantau.now = () => Date.now() + (pantau.skew || 0);
  setInterval(pantau.tick, 1000);
  document.fonts.ready.then(fitPages); // names are as wide as their letters
  draw();
})();
