// What a careful eye would object to: empty charts, words out of their places, ages that are missing.
() => {
  const faults = [];
  const MARKS = '.point path, .choroplethlayer path, .scatterlayer .js-line, .heatmaplayer image, .hm image';
  const told = (panel, words) => faults.push(`${panel.dataset.panel}: ${words}`);
  const size = (node) => node.getBoundingClientRect();
  const visible = (node) => node.checkVisibility({ visibilityProperty: true }) && size(node).width > 0;

  function drawn(panel) {
    const marks = [...panel.querySelectorAll(MARKS)].filter((mark) => size(mark).width + size(mark).height > 0);
    if (marks.length === 0) told(panel, 'an empty chart');
    const picture = panel.querySelector('.main-svg');
    if (!picture || Math.abs(size(picture).width - size(panel.querySelector('.frame')).width) > 2) told(panel, 'a chart of another size');
    if (upsideDown(panel.querySelector('.js-plotly-plot'))) told(panel, 'the first row is not on top');
  }

  // Names down an axis: the first of them is the one that matters most.
  function upsideDown({ data, _fullLayout: { yaxis } }) {
    if (yaxis?.type !== 'category') return false;
    const height = (name) => yaxis.c2p(yaxis._categories.indexOf(name));
    return height(data[0].y[0]) > height(data[0].y.at(-1) ?? data[0].y.at(-2)); // lines end with a gap
  }

  function inPlace(panel) {
    const place = size(panel);
    for (const node of panel.querySelectorAll('.panel-head, .panel-foot, .tile-value, .tile-change, .tile-target, .event')) {
      if (node.scrollWidth > node.clientWidth + 1) told(panel, `${node.className} is wider than its place`);
      const words = size(node);
      const scrolls = node.matches('.event');
      if (words.right > place.right + 1 || (words.bottom > place.bottom + 1 && !scrolls)) told(panel, `${node.className} leaves the panel`);
    }
  }

  function aged(panel) {
    const age = panel.querySelector('.panel-foot .age');
    if ('absent' in panel.dataset) return; // what was never loaded has no age
    if (!age || !visible(age) || !/^\d+ (dtk|mnt|j|hr|s|min|h|d)$/.test(age.textContent)) told(panel, `the age is ${age?.textContent}`);
  }

  for (const panel of document.querySelectorAll('[data-panel]')) {
    const { state } = panel.dataset;
    if (!['ok', 'partial', 'empty'].includes(state)) told(panel, `state ${state}`);
    const words = panel.querySelector('.note-words');
    if (state === 'empty' && !(words?.textContent && visible(words))) told(panel, 'empty without a word');
    if (state !== 'empty' && panel.querySelector('.frame')) drawn(panel);
    inPlace(panel);
    aged(panel);
  }
  if (document.documentElement.scrollWidth > innerWidth) faults.push(`the page is ${document.documentElement.scrollWidth} wide`);
  const shows = document.querySelector('[data-panel]:is([data-state="ok"], [data-state="partial"])');
  if (shows && !visible(document.getElementById('simulated'))) faults.push('SIMULASI is not on the screen');
  return faults;
}
