// What cannot be read on a wall: every fault as a sentence. Sizes in the pixels of the wall, which is shown one to one.
(smallest) => {
  const faults = [];
  const seen = [];
  const wall = document.getElementById('wall');
  const numbers = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
  const channel = (value) => (value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const contrast = (one, other) => {
    const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const opaque = (colour) => numbers(colour).length === 3 || numbers(colour)[3] > 0.99;
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (numbers(colour).length && opaque(colour)) return numbers(colour);
    }
    return [0, 0, 0];
  };
  const visible = (element) => element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
  const walker = document.createTreeWalker(wall, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { parentElement: element, textContent } = walker.currentNode;
    if (!textContent.trim() || !visible(element)) continue;
    const over = document.getElementById('notes').contains(element); // lies over the scene on purpose
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    const boxes = [...range.getClientRects()].filter(({ width, height }) => width > 0.5 && height > 0.5);
    if (!boxes.length) continue;
    const style = getComputedStyle(element);
    const inSvg = element instanceof SVGElement;
    const halo = inSvg && style.paintOrder.startsWith('stroke');
    const colour = numbers(inSvg ? style.fill : style.color);
    const behind = halo ? numbers(style.stroke) : ground(inSvg ? element.ownerSVGElement.parentElement : element);
    const words = `“${textContent.trim().slice(0, 40)}”`;
    if (parseFloat(style.fontSize) < smallest - 0.01) faults.push(`${words} is ${style.fontSize}, less than ${smallest}px`);
    if (contrast(colour, behind) < 7) faults.push(`${words} has a contrast of ${contrast(colour, behind).toFixed(1)}`);
    for (const box of boxes) seen.push({ box, words, element, over });
  }
  const [cutsX, cutsY] = [plan().cuts.across, plan().cuts.down];
  function plan() { return JSON.parse(wall.dataset.plan); }
  for (const { box, words, element } of seen) {
    const place = (element.closest('.panel, .head, .attention, .notes') || wall).getBoundingClientRect();
    const inside = box.left >= place.left - 1 && box.right <= place.right + 1 && box.top >= place.top - 1 && box.bottom <= place.bottom + 1;
    if (!inside) faults.push(`${words} is cut off by its panel`);
    if (cutsX.some((cut) => box.left < cut - 1 && box.right > cut + 1)) faults.push(`${words} lies across a bezel`);
    if (cutsY.some((cut) => box.top < cut - 1 && box.bottom > cut + 1)) faults.push(`${words} lies across a bezel`);
    for (let at = element; at && at !== wall; at = at.parentElement) {
      const { overflowX, overflowY } = getComputedStyle(at);
      const clips = overflowX !== 'visible' || overflowY !== 'visible';
      if (clips && at instanceof HTMLElement && at.scrollWidth > at.clientWidth + 1) { faults.push(`${words} is cut off`); break; }
    }
  }
  // The line box is higher than its letters: what overlaps by less than its leading touches nothing.
  const letters = ({ box }) => ({ left: box.left, right: box.right, top: box.top + 0.14 * box.height, bottom: box.bottom - 0.14 * box.height });
  seen.forEach((one, index) => seen.slice(index + 1).forEach((other) => {
    const [a, b] = [letters(one), letters(other)];
    const apart = a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;
    if (!apart && one.over === other.over) faults.push(`${one.words} lies over ${other.words}`);
  }));
  const root = document.scrollingElement;
  for (const scale of document.querySelectorAll('.scale')) {
    if (!visible(scale)) continue;
    const { left, top, width, height } = scale.getBoundingClientRect();
    const spots = [0, 0.25, 0.5, 0.75, 1].flatMap((across) => [0, 0.5, 1].map((down) => [left + across * width, top + down * height]));
    const covers = (area, [x, y]) => area.isPointInFill(new DOMPoint(x, y).matrixTransform(area.getScreenCTM().inverse()));
    const areas = [...scale.parentNode.querySelectorAll('.area')];
    if (areas.some((area) => spots.some((spot) => covers(area, spot)))) faults.push('the scale of a map lies over an area');
  }
  if (root.scrollWidth > innerWidth || root.scrollHeight > innerHeight) faults.push('there is a scroll bar');
  if (!seen.length) faults.push('there is nothing to read');
  return [...new Set(faults)];
}
