// A new screen asks whether it was approved. It loads its page again only from a server that has just answered.
(() => {
  const PACE = 2000;
  const PATIENCE = 5000;

  async function ask() {
    try {
      const reply = await fetch('/layar/tunggu', { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) });
      if (reply.ok && !(await reply.json()).waits) location.reload();
    } catch { /* the server is away: the code stays, and is asked about again */ }
    setTimeout(ask, PACE * (0.75 + Math.random() / 2));
  }

  setTimeout(ask, PACE);
})();
