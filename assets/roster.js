// The list of people follows its form without a reload: sorted, filtered, searched and turned within a moment.
// It listens to the document and stands in the head: a hand that is faster than the page's last line is heard too.
(() => {
  const PAUSE = 250;
  const form = () => document.getElementById('wish');
  let asked = 0;
  let typing = 0;

  const stays = (submitter) => !submitter || !(submitter.hasAttribute('formaction'));

  async function renew(submitter) {
    const number = ++asked;
    const told = new URLSearchParams(new FormData(form(), submitter?.form === form() ? submitter : undefined));
    const reply = await fetch(form().action, { method: 'POST', body: told, cache: 'no-store' });
    if (number !== asked) return; // another one was asked meanwhile
    const fresh = new DOMParser().parseFromString(await reply.text(), 'text/html').getElementById('list');
    if (!reply.ok || !fresh) {
      location.reload();
      return;
    }
    document.getElementById('list').replaceWith(fresh);
    form().elements.sort.value = fresh.dataset.sort;
  }

  document.addEventListener('submit', (event) => {
    if (event.target !== form() || !stays(event.submitter)) return;
    event.preventDefault();
    renew(event.submitter);
  });
  document.addEventListener('change', ({ target }) => { if (target.form === form() && target.name !== 'search') renew(); });
  document.addEventListener('input', ({ target }) => {
    if (target.form !== form() || target.name !== 'search') return;
    clearTimeout(typing);
    typing = setTimeout(renew, PAUSE);
  });
  document.addEventListener('DOMContentLoaded', () => {
    // Only ever opened here: what a hand has opened on a phone meanwhile stays open.
    if (matchMedia('(min-width: 44rem)').matches) document.querySelector('.filters').open = true;
  });
})();
