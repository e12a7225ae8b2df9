// An alert takes the screen over: what, where, since when, against which target, whose it is; with a sound if it may.
(() => {
  const { pantau } = window;
  const { h, text } = pantau;
  const RING_EVERY = 4000;
  const place = document.getElementById('attention');
  let shown = '';
  let ringing = 0;
  let audio = null;

  const said = (words) => words?.[pantau.language()] || '';

  function words(alert, more) {
    const rows = [
      [text('Sejak', 'Since'), h('span', '', '', { 'data-ago': alert.since })],
      [text('Target', 'Target'), said(alert.target)], [text('Pemilik', 'Owner'), alert.owner],
    ].filter(([, value]) => value);
    return h('div', 'words', [
      alert.simulated && h('p', 'badge badge--simulated', 'SIMULASI'),
      h('p', 'kind', more > 0 ? text(`Peringatan · ${more} lagi menunggu`, `Alert · ${more} more waiting`) : text('Peringatan', 'Alert')),
      h('h2', '', said(alert.title)), alert.where && h('p', 'where', alert.where), said(alert.what) !== said(alert.title) && h('p', 'what', said(alert.what)),
      h('dl', '', rows.flatMap(([term, value]) => [h('dt', '', term), h('dd', '', value)])),
      h('p', 'answer', text('Terima dari ponsel: halaman Layar', 'Acknowledge from a phone: page Screens')),
    ].filter(Boolean));
  }

  // Two tones, a fourth apart. A browser that was not allowed to sound stays silent and shows the same.
  function ring() {
    audio ||= new AudioContext();
    [[659, 0], [880, 0.28]].forEach(([pitch, after]) => {
      const [tone, loud] = [audio.createOscillator(), audio.createGain()];
      const at = audio.currentTime + after;
      tone.frequency.value = pitch;
      loud.gain.setValueAtTime(0.0001, at);
      loud.gain.exponentialRampToValueAtTime(0.5, at + 0.03);
      loud.gain.exponentialRampToValueAtTime(0.0001, at + 0.26);
      tone.connect(loud).connect(audio.destination);
      tone.start(at);
      tone.stop(at + 0.3);
    });
    pantau.rings = (pantau.rings || 0) + 1;
  }

  function sound(on) {
    if (on && !ringing) {
      ring();
      ringing = setInterval(ring, RING_EVERY);
    } else if (!on) {
      clearInterval(ringing);
      ringing = 0;
    }
  }

  // The newest alert stands; what it says is renewed without flying again.
  pantau.attend = ({ alerts, sound: allowed }, plan) => {
    const [alert] = alerts;
    sound(Boolean(allowed && alert?.sound));
    place.hidden = !alert;
    if (!alert) {
      shown = '';
      place.replaceChildren();
      return;
    }
    const now = words(alert, alerts.length - 1);
    if (shown === `${alert.id}`) {
      place.querySelector('.words').replaceWith(now);
      return;
    }
    shown = `${alert.id}`;
    const map = h('div', 'map-place');
    place.replaceChildren(now, map);
    const level = alert.area.length > 8 ? 'kelurahan' : 'kecamatan';
    pantau.fly(map, plan.boundaries[level], alert.area, alert.point).catch(() => map.remove());
  };
})();
