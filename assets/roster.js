// The list of people follows its form without a reload: sorted, filtered, searched and turned within a moment.
(() => {
  const PAUSE = 250;
  const form = document.getElementById('wish');
  const filters = document.querySelector('.filters');
  filters.open = matchMedia('(min-width: 44rem)').matches;
  let asked = 0;
  let typing = 0;

  const stays = (submitter) => !submitter || !(submitter.hasAttribute('formaction'));

  async function renew(submitter) {
    const number = ++asked;
    const told = new URLSearchParams(new FormData(form, submitter?.form === form ? submitter : undefined));
    const reply = await fetch(form.action, { method: 'POST', body: told, cache: 'no-store' });
    if (number !== asked) return; // another one was asked meanwhile
    const fresh = new DOMParser().parseFromString(await reply.text(), 'text/html').getElementById('list');
    if (!reply.ok || !fresh) {
      location.reload();
      return;
    }
    document.getElementById('list').replaceWith(fresh);
    form.elements.sort.value = fresh.dataset.sort;
  }

  form.addEventListener('submit', (event) => {
    if (!stays(event.submitter)) return;
    event.preventDefault();
    renew(event.submitter);
  });
  form.addEventListener('change', ({ target }) => { if (target.name !== 'search') renew(); });
  form.elements.search.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(renew, PAUSE);
  });
})();
