/* What a figure can do besides being read: say the words of a mark, walk through its marks, show other periods of a map.
   Everything that is said stands in the page already; without this script nothing is missing. */
'use strict';

(() => {
  const STEPS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };
  const PLAY_MS = 700;
  const GAP = 8;
  const within = (low, number, high) => Math.max(low, Math.min(number, high));

  /* A browser shows titles by itself, late and small; here they become names and our own words. */
  function take(element) {
    const title = element.querySelector(':scope > title');
    title.remove();
    return title.textContent;
  }

  function tooltip(box) {
    const tip = document.createElement('div');
    tip.className = 'f-tip';
    tip.setAttribute('role', 'status'); // a screen reader says what the arrow keys find
    box.append(tip);
    return (mark) => {
      tip.textContent = mark?.words ?? '';
      if (!mark) return;
      const around = box.getBoundingClientRect();
      const on = mark.shape.getBoundingClientRect();
      const most = around.width - tip.offsetWidth;
      const beside = on.right - around.left + GAP;
      const before = on.left - around.left - tip.offsetWidth - GAP;
      const above = on.left + on.width / 2 - around.left - tip.offsetWidth / 2;
      const tall = mark.shape.parentNode.classList.contains('f-hits');
      tip.style.left = `${within(0, tall ? (beside < most ? beside : before) : above, most)}px`;
      tip.style.top = `${on.top - around.top - (tall ? 0 : tip.offsetHeight + GAP)}px`;
    };
  }

  /* Pointer, touch and arrow keys choose one of the marks; gives a function that chooses, or says the same one anew. */
  function lively(box, svg, marks, reach) {
    const say = tooltip(box);
    const ring = svg.querySelectorAll('.f-ring path');
    let at = -1;
    const choose = (to = at) => {
      marks[at]?.shape.classList.remove('f-on');
      at = to;
      marks[at]?.shape.classList.add('f-on');
      ring.forEach((path) => path.setAttribute('d', marks[at]?.shape.lastElementChild.getAttribute('d') ?? ''));
      say(marks[at]);
    };
    const find = ({ target }) => choose(marks.findIndex(({ shape }) => shape.contains(target)));
    ['pointermove', 'pointerdown', 'focusin'].forEach((name) => svg.addEventListener(name, find));
    ['pointerleave', 'focusout'].forEach((name) => svg.addEventListener(name, () => choose(-1)));
    svg.addEventListener('keydown', (event) => {
      const last = marks.length - 1;
      const step = STEPS[event.key];
      const next = at < 0 && step < 0 ? last : within(0, at + step, last);
      const to = { Home: 0, End: last, Escape: -1 }[event.key] ?? next;
      if (Number.isNaN(to) || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      if (to < 0) choose(to);
      else reach(marks[to].shape, () => choose(to));
    });
    return choose;
  }

  function start(box, svg) {
    svg.setAttribute('aria-label', take(svg));
    svg.setAttribute('aria-describedby', svg.querySelector(':scope > desc').id);
    svg.removeAttribute('aria-labelledby');
    const marks = [...svg.querySelectorAll('.f-hits > *, .f-areas > *')].map((shape) => ({ shape, words: take(shape) }));
    const links = svg.querySelectorAll('.f-areas > a');
    links.forEach((link, n) => link.setAttribute('aria-label', marks[n].words));
    if (!marks.length) return;
    if (!links.length) svg.setAttribute('tabindex', '0');
    const choose = lively(box, svg, marks, (shape, found) => {
      if (!links.length) return found();
      links.forEach((link) => link.setAttribute('tabindex', link === shape ? '0' : '-1'));
      shape.focus();
    });
    const slider = box.querySelector('.f-slider');
    if (slider) periods(box, slider, marks, choose);
  }

  function periods(box, slider, marks, choose) {
    const { labels, classes, words, fills } = JSON.parse(slider.nextElementSibling.textContent);
    const [field, button, when, empty] = ['input', 'button', '.f-when', 'path.f-void'].map((one) => box.querySelector(one));
    const newest = labels.length - 1;
    const exact = marks.map((mark) => mark.words);
    const show = (period) => {
      const letters = classes[period];
      marks.forEach((mark, n) => {
        const name = exact[n].slice(0, exact[n].lastIndexOf(': '));
        mark.words = period === newest ? exact[n] : `${name}: ${words[letters[n]]}`;
        mark.shape.setAttribute('class', `q${letters[n]}`);
        mark.shape.setAttribute('fill', fills[letters[n]] ?? 'none');
        mark.shape.setAttribute('aria-label', mark.words);
      });
      const gone = marks.filter((_, n) => letters[n] === 'm');
      empty.setAttribute('d', gone.map(({ shape }) => shape.lastElementChild.getAttribute('d')).join(''));
      when.textContent = labels[period];
      field.setAttribute('aria-valuetext', labels[period]);
      field.value = period;
      choose();
    };
    const [play, pause] = [button.getAttribute('aria-label'), button.dataset.pause];
    let timer = 0;
    const run = (on) => {
      clearInterval(timer);
      timer = on ? setInterval(() => (+field.value < newest ? show(+field.value + 1) : run(false)), PLAY_MS) : 0;
      button.setAttribute('aria-label', on ? pause : play);
      button.classList.toggle('f-playing', on);
    };
    field.addEventListener('input', () => {
      run(false);
      show(+field.value);
    });
    button.addEventListener('click', () => {
      if (!timer && +field.value === newest) show(0);
      run(!timer);
    });
    button.hidden = matchMedia('(prefers-reduced-motion: reduce)').matches; // the slider moves by hand
    slider.hidden = false;
  }

  document.querySelectorAll('.f-box').forEach((box) => {
    const svg = box.querySelector('.f-plot, .f-map, .f-bars');
    if (svg) start(box, svg);
  });
})();
