// The page of screens renews what changes by itself, and leaves alone what somebody is typing.
(() => {
  const PACE = 3000;
  // After a form was sent the address is that of the form.
  const here = `/${location.pathname.split('/')[1]}${location.search}`;

  async function renew() {
    if (!document.hidden) {
      try {
        const reply = await fetch(here, { cache: 'no-store', signal: AbortSignal.timeout(PACE) });
        if (reply.ok) swap(new DOMParser().parseFromString(await reply.text(), 'text/html'));
      } catch { /* the next time */ }
    }
    setTimeout(renew, PACE);
  }

  function swap(fresh) {
    for (const place of document.querySelectorAll('[data-live]')) {
      const other = fresh.querySelector(`[data-live="${CSS.escape(place.dataset.live)}"]`);
      if (other && !place.contains(document.activeElement) && !other.isEqualNode(place)) place.replaceWith(other);
    }
  }

  setTimeout(renew, PACE);
})();
