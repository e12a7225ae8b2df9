// The doorbell: asks one tiny address for the versions of all datasets and rings the panels that are behind.
(() => {
  const { pantau } = window;
  const PACE = 1000;
  const LONGEST_WAIT = 15000;
  const PATIENCE = 5000;
  const EMPTY_FOR = 10_000;
  const HAND_EVERY = 60_000; // the server hears of a hand at most this often
  const strip = document.getElementById('strip');
  let etag = '';
  let heard = null; // the last good answer, and the city it was about
  let failures = 0;
  let lostAt = null;
  let emptySince = 0;
  let timer = 0;
  let asking = false;
  let moved = false;
  let toldOfHand = 0;

  const here = () => pantau.query().get('kota') || '';
  const wait = () => (failures ? Math.min(LONGEST_WAIT, PACE * 2 ** failures) * (0.5 + Math.random() / 2) : PACE);

  async function listen() {
    if (asking || document.hidden) return;
    asking = true;
    clearTimeout(timer);
    try {
      await ask();
      recovered();
    } catch (failure) {
      lost();
    }
    asking = false;
    timer = setTimeout(listen, wait());
  }

  async function ask() {
    const city = here();
    const known = heard?.city === city && etag;
    const hand = moved && Date.now() - toldOfHand > HAND_EVERY;
    if (hand) [moved, toldOfHand] = [false, Date.now()];
    const reply = await fetch(`/bell?${new URLSearchParams(city && { kota: city })}`, {
      cache: 'no-store', signal: AbortSignal.timeout(PATIENCE), headers: { ...(known && { 'If-None-Match': etag }), ...(hand && { Active: '1' }) },
    });
    if (reply.status !== 304) hear(await good(reply), reply.headers.get('ETag') || '', city);
    // Not only what changed just now: a panel that missed a ring for whatever reason is rung again.
    pantau.behind(heard.versions).forEach(pantau.ring);
  }

  async function good(reply) {
    // The session is over, or this page is no longer for us: the server shows what to do.
    if (reply.status === 401 || reply.status === 403) location.reload();
    if (!reply.ok) throw new Error(`${reply.status}`);
    return reply.json();
  }

  function hear(answer, tag, city) {
    // Only a healthy server answers with another build, so this never reloads into a dead one.
    if (heard && heard.build !== answer.build) location.reload();
    pantau.skew = Date.parse(answer.now) - Date.now();
    pantau.fresh = answer.fresh;
    heard = { ...answer, city };
    etag = tag;
  }

  function lost() {
    failures += 1;
    lostAt ||= new Date();
    if (failures < 2) return; // one slow answer is not worth a word
    const since = lostAt.toLocaleTimeString('id-ID', { hour: '2-digit', minute: '2-digit' });
    strip.textContent = pantau.text(`Sambungan terputus sejak ${since} – gambar terakhir`,
      `Connection lost since ${since} – last picture`);
    strip.hidden = false;
  }

  // Versions may have changed meanwhile: the next answer tells, because the ETag then differs.
  function recovered() {
    failures = 0;
    lostAt = null;
    strip.hidden = true;
    // A page comes with one request of its own. Where that failed, nobody at a wall would ask again.
    const empty = pantau.placeOfPages()?.childElementCount === 0;
    emptySince = empty ? emptySince || performance.now() : 0;
    if (empty && performance.now() - emptySince > EMPTY_FOR) location.reload();
  }

  // A session without a hand ends; a page that only renews itself is not a hand.
  for (const kind of ['pointerdown', 'keydown', 'wheel']) addEventListener(kind, () => { moved = true; }, { passive: true });
  addEventListener('pantau:scope', () => { if (heard?.city !== here()) listen(); });
  document.addEventListener('visibilitychange', listen);
  addEventListener('online', listen);
  listen();
})();
