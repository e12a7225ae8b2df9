// The wall: asks what it shows, draws its scenes in turn, and goes on by itself whatever happens to the server.
(() => {
  const { pantau } = window;
  const { h, text, now } = pantau;
  const SHORTEST = 250; // between two questions
  const UNKEPT = 1000; // after one that was not kept open
  const LONGEST_WAIT = 12_000;
  const PANEL_PATIENCE = 20_000;
  const AHEAD = 4; // seconds before its turn a scene is renewed
  const MOVE_EVERY = 60_000;
  const RELOAD_WITHIN = 8000;
  pantau.counts = { turns: 0, updates: 0 };
  pantau.patience = 14_000; // ms for an answer about this wall: a question is kept open for ten seconds
  const at = (id) => document.getElementById(id);
  const places = new Map(); // `${scene}/${panel}` → what is known of a panel and where it stands
  let plan = null;
  let state = null;
  let etag = '';
  let failures = 0;
  let lostAt = 0;
  let showing = '';
  let skipped = new Set();

  // ---- what the server says -----------------------------------------------------------------------------------

  // Letters are measured while drawing: not before they are there.
  const lettersThere = () => Promise.race([document.fonts.load('1em "Inter Variable"'), waited(3000)]);

  async function listen() {
    await lettersThere();
    for (;;) {
      let pause = SHORTEST;
      try {
        const began = performance.now();
        const unchanged = await ask();
        // A server that keeps no more questions open answers at once, and is not asked again at once.
        if (unchanged && performance.now() - began < UNKEPT) pause = UNKEPT;
        failures = 0;
        lostAt = 0;
      } catch {
        failures += 1;
        lostAt ||= now();
      }
      strip();
      await waited(failures ? Math.min(LONGEST_WAIT, 500 * 2 ** failures) * (0.5 + Math.random() / 2) : pause);
    }
  }

  // A sleeping television wakes: nobody waits for a timer that slept with it.
  let wake = () => {};
  const waited = (ms) => new Promise((resolve) => {
    wake = resolve;
    setTimeout(resolve, ms);
  });
  addEventListener('online', () => wake());
  document.addEventListener('visibilitychange', () => wake());

  async function ask() {
    const reply = await fetch(pantau.address('/dinding/keadaan'), {
      cache: 'no-store', signal: AbortSignal.timeout(pantau.patience),
      headers: { ...(etag && { 'If-None-Match': etag }), Showing: encodeURIComponent(showing), Trouble: encodeURIComponent(trouble()) },
    });
    // Not one of the city's screens any more: the code to become one again.
    if (reply.status === 401 || reply.status === 403) location.replace('/layar/baru');
    if (reply.status === 304) return true;
    if (!reply.ok) throw new Error(`${reply.status}`);
    await hear(await reply.json(), reply.headers.get('ETag') || '');
    return false;
  }

  async function hear(said, tag) {
    pantau.setClock(said.now);
    // Only a healthy server answers with another build; not all screens ask it at once.
    if (state && said.build !== state.build) setTimeout(() => location.reload(), Math.random() * RELOAD_WITHIN);
    if (plan?.tag !== said.plan) await replan(said.plan);
    state = said;
    etag = tag;
    pantau.attend(state, plan);
    dress();
    step();
    renew(showing);
  }

  async function replan(tag) {
    const reply = await fetch(pantau.address('/dinding/rencana'), { cache: 'no-store', signal: AbortSignal.timeout(PANEL_PATIENCE) });
    if (!reply.ok) throw new Error(`${reply.status}`);
    plan = { ...await reply.json(), tag };
    pantau.basemap = plan.basemap;
    document.documentElement.style.fontSize = `${plan.text_px}px`;
    Object.assign(at('wall').style, { width: `${plan.width_px}px`, height: `${plan.height_px}px` });
    at('wall').style.setProperty('--first-screen', `${plan.cuts.across[0] || plan.width_px}px`);
    at('scenes').replaceChildren(...Object.entries(plan.scenes).map(sceneOf));
    at('wall').dataset.plan = JSON.stringify({ cuts: plan.cuts });
    showing = '';
    fit();
  }

  // ---- scenes and panels --------------------------------------------------------------------------------------

  function sceneOf([slug, { title, cells }]) {
    return h('article', 'scene', cells.map((cell) => panelOf(slug, cell)), { 'data-scene': slug, 'aria-label': title });
  }

  function panelOf(scene, cell) {
    const age = h('span', 'age', '', { 'data-at': '' });
    const [title, body, note] = [h('h2'), h('div', 'body'), h('p', 'note')];
    const head = h('div', 'panel-head', cell.kind === 'tile' ? [title] : [title, ' ', age]);
    const node = h('section', `panel panel--${cell.kind}`, [head, body, note], { 'data-panel': cell.panel });
    // The words of a panel stand on its first screen, also where its picture goes on behind a bezel.
    const bezel = plan.cuts.across.find((cut) => cut > cell.x && cut < cell.x + cell.w);
    if (bezel) node.firstChild.style.maxWidth = `${bezel - cell.x - 1.2 * plan.text_px}px`;
    Object.assign(node.style, { left: `${cell.x}px`, top: `${cell.y}px`, width: `${cell.w}px`, height: `${cell.h}px` });
    const known = places.get(`${scene}/${cell.panel}`);
    places.set(`${scene}/${cell.panel}`, { scene, cell, node, title, body, note, age, answer: null, etag: '', versions: '', failures: 0, ...kept(known) });
    return node;
  }

  // Another geometry draws the same answers in other places.
  const kept = (known) => (known ? { answer: known.answer, etag: '', versions: '' } : {});
  const of = (scene) => [...places.values()].filter((place) => place.scene === scene && place.node.isConnected);
  const wanted = ({ cell }) => cell.datasets.map((name) => state.versions[name] ?? 0).join();

  // Comparisons move on with the clock: what was asked in another minute is asked again, and mostly is the same.
  const minute = () => Math.floor(now() / 60_000);
  const isBehind = (place) => place.versions !== wanted(place) || place.minute !== minute();

  const again = new Set(); // scenes that changed while they were asked about

  // One question for all panels of a scene that are behind; those that failed wait for a while.
  async function renew(scene) {
    if (of(scene).some(({ asking }) => asking)) {
      again.add(scene);
      return;
    }
    const behind = of(scene).filter((place) => isBehind(place) && now() >= (place.notBefore || 0));
    if (!behind.length) return;
    behind.forEach((place) => { place.asking = true; });
    let told = {};
    let complaint = '';
    try {
      told = await answers(scene, behind);
    } catch (failure) {
      complaint = failure.message;
    }
    await Promise.all(behind.map((place) => take(place, told[place.cell.panel], complaint)));
    if (again.delete(scene)) renew(scene);
  }

  async function answers(scene, behind) {
    const asked = new URLSearchParams(behind.map(({ cell, etag: known }) => ['panel', `${cell.panel}:${known}`]));
    const reply = await fetch(`${pantau.address(`/adegan/${scene}`)}&${asked}`, { cache: 'no-store', signal: AbortSignal.timeout(PANEL_PATIENCE) });
    if (!reply.ok) throw new Error(`${reply.status}`);
    return reply.json();
  }

  async function take(place, told, complaint) {
    try {
      if (!told || told.error) throw new Error(complaint || '503');
      const answer = told.answer || place.answer;
      if (told.answer || !place.drawn) await draw(place, answer);
      Object.assign(place, { answer, drawn: true, etag: told.etag, versions: told.versions, minute: minute(), failures: 0, complaint: '' });
    } catch (failure) {
      place.failures += 1;
      place.complaint = `${place.cell.panel}: ${failure.message}`.slice(0, 120);
      place.notBefore = now() + Math.min(LONGEST_WAIT, 1000 * 2 ** place.failures) * (0.5 + Math.random() / 2);
    }
    place.asking = false;
    noted(place);
  }

  async function draw(place, answer) {
    const { node, title, age, cell } = place;
    if (title.textContent !== answer.title) title.textContent = answer.title;
    Object.assign(age.dataset, { at: answer.fresh_at || '', dataset: answer.fresh_dataset || '', promise: answer.promise_s ?? '' });
    aged(age); // before anything is measured: it takes room
    if (answer.state !== 'empty') await pantau.draw[cell.kind](inside(place), answer, cell, plan.cuts);
    node.dataset.state = answer.state; // drawn, from here on
    pantau.counts.updates += 1;
    node.dataset.simulated = answer.simulated ? '1' : '';
    tick();
  }

  function inside({ body, age }) {
    if (!body.firstChild) body.append(Object.assign(h('div', 'inside'), { age }));
    return body.firstChild;
  }

  function noted(place) {
    const { answer, failures: failed, note } = place;
    const words = failed && !answer ? text('Belum dapat ditampilkan; dicoba lagi sendiri', 'Cannot be shown yet; trying again')
      : answer?.state !== 'ok' ? answer?.message || '' : '';
    if (note.textContent !== words) note.textContent = words;
  }

  // ---- turns --------------------------------------------------------------------------------------------------

  const turnNow = () => (state.pinned ? { slug: state.pinned, left: Infinity } : byClock());

  function byClock() {
    if (!state.entries.length) return null;
    const { index, left } = pantau.turn(state.entries, state.shift_s, now());
    const order = state.entries.map((_, n) => state.entries[(index + n) % state.entries.length].scene);
    return { slug: order.find((scene) => !isBroken(scene)) || order[0], left, next: order[1] || order[0], skipped: isBroken(order[0]) ? order[0] : '' };
  }

  // A scene is broken when a panel of it was never drawn and cannot be had: it is left out, and tried again.
  const isBroken = (scene) => of(scene).some(({ answer, failures: failed }) => !answer && failed > 0);

  function step() {
    if (!state || !plan) return;
    const turn = turnNow();
    at('scenes').dataset.empty = turn ? '' : '1';
    if (!turn) return nothingFits();
    if (turn.skipped) skipped.add(turn.skipped);
    if (turn.slug !== showing) show(turn.slug);
    if (turn.left < AHEAD) renew(turn.next);
    [...skipped].forEach((scene) => (isBroken(scene) ? renew(scene) : skipped.delete(scene)));
  }

  function show(slug) {
    showing = slug;
    pantau.counts.turns += 1;
    head(plan.scenes[slug].title, plan.scenes[slug].question);
    document.querySelectorAll('.scene').forEach((scene) => scene.classList.toggle('is-shown', scene.dataset.scene === slug));
    renew(slug);
    tick();
  }

  function nothingFits() {
    showing = '';
    head(Object.values(plan.unfit)[0] || text('Belum ada adegan untuk layar ini.', 'There is no scene for this screen yet.'), '');
  }

  function head(title, words) {
    at('title').textContent = title;
    at('question').textContent = words;
    headed = '';
  }

  // The question stands beside the title where all of it has room.
  let headed = '';
  function fitHead() {
    const line = document.querySelector('.head');
    const others = [...line.children].filter(({ id, hidden }) => id !== 'question' && !hidden).map(({ textContent }) => textContent.length).join();
    if (others === headed) return;
    headed = others;
    const question = at('question');
    question.hidden = false;
    const [bezel = plan.width_px] = plan.cuts.across;
    const across = [...line.children].slice(0, -1).some((node) => node.offsetLeft + node.offsetWidth > bezel);
    question.hidden = across || line.scrollWidth > line.clientWidth || question.scrollWidth > question.clientWidth;
  }

  const trouble = () => [...places.values()].filter((place) => place.failures > 0 && place.node.isConnected)
    .map(({ scene, complaint }) => `${scene}/${complaint}`).join('; ').slice(0, 300);

  // ---- what stands around -------------------------------------------------------------------------------------

  function strip() {
    const node = at('strip');
    node.hidden = failures < 2;
    if (failures < 2) return;
    node.textContent = text(`Sambungan terputus sejak ${clock(lostAt)} – gambar terakhir`, `Connection lost since ${clock(lostAt)} – last picture`);
  }

  const inZone = (options) => new Intl.DateTimeFormat(pantau.language() === 'en' ? 'en-GB' : 'id-ID', { timeZone: plan?.zone, ...options });
  const clock = (moment) => inZone({ hour: '2-digit', minute: '2-digit' }).format(moment);

  function dress() {
    const message = at('message');
    message.textContent = state.message;
    message.hidden = !state.message;
    at('others').textContent = `▲ ${state.others}`;
    at('others').title = text('Peringatan yang tidak mengambil alih layar', 'Alerts that take no screen over');
    at('others').hidden = !state.others;
  }

  function tick() {
    if (!state || !plan) return;
    at('clock').textContent = inZone({ weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }).format(now());
    document.querySelectorAll('.is-shown .age, .is-shown [data-ago], .attention [data-ago]').forEach(aged);
    at('simulated').hidden = !document.querySelector('.is-shown [data-simulated="1"]');
    fitHead();
    const [hour, minutes] = inZone({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).formatToParts(now())
      .filter(({ type }) => type !== 'literal').map(({ value }) => Number(value));
    at('night').style.opacity = 1 - pantau.brightness(state.brightness, state.night, 60 * hour + minutes) / 100;
  }

  function aged(node) {
    const { ago, at: own, dataset, promise } = node.dataset;
    const heard = state.fresh[dataset];
    const since = ago || (heard && heard > own ? heard : own);
    const words = since ? pantau.age(since) : '';
    if (node.textContent !== words) node.textContent = words;
    node.toggleAttribute('data-stale', Boolean(promise && since && now() - Date.parse(since) > 1000 * Number(promise)));
  }

  // The picture moves by some pixels, so that what stands still does not burn in.
  function move() {
    const far = Math.round((plan?.text_px || 0) * 0.1);
    const [x, y] = [Math.round((Math.random() * 2 - 1) * far), Math.round((Math.random() * 2 - 1) * far)];
    at('wall').style.translate = `${x}px ${y}px`;
  }

  // A screen shows its pixels one to one; a preview is made smaller.
  function fit() {
    if (!plan) return;
    const factor = Math.min(innerWidth / plan.width_px, innerHeight / plan.height_px);
    at('wall').style.transform = Math.abs(factor - 1) < 0.01 ? '' : `scale(${factor})`;
  }

  Object.assign(pantau, { trouble, move });
  addEventListener('resize', fit);
  setInterval(() => { step(); tick(); if (state && showing) renew(showing); }, 1000);
  setInterval(move, MOVE_EVERY);
  listen();
})();
