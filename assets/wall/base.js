// What the scripts of the wall share: language, building elements, the server's clock, ages.
(() => {
  const query = () => new URLSearchParams(location.search);
  const language = () => (query().get('bahasa') === 'en' ? 'en' : 'id');
  const text = (id, en) => (language() === 'en' ? en : id);

  // A text is always a text node: nothing of an answer is ever parsed as HTML.
  function h(tag, className, children = [], attributes = {}) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
    node.append(...[children].flat().filter((child) => child || child === 0));
    return node;
  }

  function svg(tag, attributes = {}, children = []) {
    const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
    Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
    node.append(...children);
    return node;
  }

  // The server's clock, carried on by one that nobody can set.
  let heardAt = performance.now();
  let heardNow = Date.now();
  const now = () => heardNow + (performance.now() - heardAt);
  function setClock(iso) {
    heardNow = Date.parse(iso);
    heardAt = performance.now();
  }

  const AGES = [[86_400, 'hr', 'd'], [3_600, 'j', 'h'], [60, 'mnt', 'min'], [1, 'dtk', 's']];
  function age(at) {
    const seconds = Math.max(0, (now() - Date.parse(at)) / 1000);
    const [size, id, en] = AGES.find(([least]) => seconds >= least) || AGES.at(-1);
    return `${Math.floor(seconds / size).toLocaleString('id-ID')} ${text(id, en)}`;
  }

  const address = (path, more = {}) => {
    const kept = new URLSearchParams();
    for (const name of ['kota', 'bahasa', 'ukuran', 'adegan']) if (query().has(name)) kept.set(name, query().get(name));
    Object.entries(more).forEach(([name, value]) => kept.set(name, value));
    return `${path}?${kept}`;
  };

  window.pantau = { query, language, text, h, svg, now, setClock, age, address, theme: () => 'gelap' };
})();
