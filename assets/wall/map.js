// A map of the city's areas as SVG, in the pixels of its place: filled, labelled, and flown over without drawing anew.
(() => {
  const { pantau } = window;
  const { svg, h } = pantau;
  const LABELS = 3;
  const PLACES = 8; // names of the basemap
  const shapes = new Map(); // address → features, fetched once

  const fetched = (address) => {
    if (!shapes.has(address)) {
      shapes.set(address, fetch(address).then((reply) => {
        if (!reply.ok) throw new Error(`${address}: ${reply.status}`);
        return reply.json();
      }).catch((failure) => {
        shapes.delete(address);
        throw failure;
      }));
    }
    return shapes.get(address);
  };

  const ringsOf = ({ type, coordinates }) => (type === 'Polygon' ? [coordinates] : coordinates).flat();

  function boundsOf(features) {
    const points = features.flatMap(({ geometry }) => ringsOf(geometry).flat());
    const along = (index) => points.map((point) => point[index]);
    const least = (values) => values.reduce((a, b) => Math.min(a, b));
    const most = (values) => values.reduce((a, b) => Math.max(a, b));
    return { west: least(along(0)), east: most(along(0)), south: least(along(1)), north: most(along(1)) };
  }

  // Degrees to pixels: a city is small enough for straight lines, longitudes shortened by its latitude.
  function projection({ west, east, south, north }, width, height, margin) {
    const shorten = Math.cos((((south + north) / 2) * Math.PI) / 180);
    const scale = Math.min((width - 2 * margin) / ((east - west) * shorten), (height - 2 * margin) / (north - south));
    const left = (width - (east - west) * shorten * scale) / 2;
    const top = (height - (north - south) * scale) / 2;
    return ([lon, lat]) => [left + (lon - west) * shorten * scale, top + (north - lat) * scale];
  }

  const drawn = (rings, to) => rings.map((ring) => `M${ring.map((point) => to(point).map((n) => n.toFixed(1)).join(' ')).join('L')}Z`).join('');

  const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);
  const cleared = (code) => code.replaceAll('.', '');

  // Water and roads where the city brought them; a layer that cannot be had is left out.
  async function layers(to, addresses) {
    const drawnOf = async (layer, kind) => {
      const { features } = await fetched(addresses[layer]);
      return features.map(({ geometry }) => svg('path', { class: kind, d: pathOf(geometry, to) }));
    };
    const wanted = [['water', 'water'], ['roads', 'road']].filter(([layer]) => addresses[layer]);
    const found = await Promise.allSettled(wanted.map(([layer, kind]) => drawnOf(layer, kind)));
    return found.flatMap(({ value }) => value || []);
  }

  const line = (points, to) => `M${points.map((point) => to(point).map((n) => n.toFixed(1)).join(' ')).join('L')}`;

  function pathOf(geometry, to) {
    if (geometry.type.endsWith('Polygon')) return drawn(ringsOf(geometry), to);
    const lines = geometry.type === 'LineString' ? [geometry.coordinates] : geometry.coordinates;
    return lines.map((points) => line(points, to)).join('');
  }

  async function namesOf(to, address) {
    if (!address) return [];
    const { features } = await fetched(address);
    return features.map(({ properties, geometry }) => ({ name: properties.name, at: to(geometry.coordinates) })).filter(({ name }) => name);
  }

  const SCALE = { wide: 10, high: 1.8 }; // rem
  const CORNERS = [['left', 'bottom'], ['right', 'bottom'], ['left', 'top'], ['right', 'top']];

  function boxIn([across, down], width, height) {
    const [half, high] = [(SCALE.wide / 2) * rem(), (SCALE.high / 2) * rem()];
    return { x: across === 'left' ? half : width - half, y: down === 'top' ? high : height - high, half, high };
  }

  // The corner in which the scale lies over no area and across no bezel, if there is one.
  function freeCorner(features, to, { width, height, cuts }) {
    const points = features.flatMap(({ geometry }) => ringsOf(geometry).flat()).map(to);
    return CORNERS.find((corner) => {
      const { x, y, half, high } = boxIn(corner, width, height);
      const isCut = cuts.across.some((cut) => Math.abs(cut - x) < half) || cuts.down.some((cut) => Math.abs(cut - y) < high);
      return !isCut && !points.some(([px, py]) => Math.abs(px - x) < half && Math.abs(py - y) < high);
    });
  }

  // As large as the place allows; where every corner is taken, the scale has a line of its own below.
  function laidOut(features, room) {
    const [bounds, margin] = [boundsOf(features), 0.3 * rem()];
    const to = projection(bounds, room.width, room.height, margin);
    const corner = freeCorner(features, to, room);
    return corner ? { to, corner } : { to: projection(bounds, room.width, room.height - SCALE.high * rem(), margin), corner: CORNERS[0] };
  }

  function scaleIn([across, down]) {
    const node = h('p', 'scale');
    [node.style[across], node.style[down]] = [0, 0];
    return node;
  }

  // Builds the map into a place once; the same place is only filled again afterwards.
  async function build(place, address, cuts = { across: [], down: [] }) {
    const collection = await fetched(address);
    const { clientWidth: width, clientHeight: height } = place;
    const key = `${address} ${width} ${height}`;
    if (place.dataset.map === key) return place.map;
    const { to, corner } = laidOut(collection.features, { width, height, cuts });
    const areas = new Map(collection.features.map(({ properties, geometry }) => [properties.code,
      svg('path', { class: 'area', d: drawn(ringsOf(geometry), to), 'data-code': cleared(properties.code) })]));
    const [labels, points] = [svg('g'), svg('g')];
    const below = svg('g', {}, await layers(to, pantau.basemap || {}));
    const everything = svg('g', { class: 'everything' }, [svg('g', {}, areas.values()), below, points]);
    const picture = svg('svg', { class: 'map', viewBox: `0 0 ${width} ${height}`, role: 'img' }, [everything, labels]);
    place.replaceChildren(picture, scaleIn(corner));
    place.dataset.map = key;
    const names = await namesOf(to, pantau.basemap?.names).catch(() => []);
    place.map = { names, to, corner, areas, labels, points, everything, picture, width, height, features: collection.features };
    return place.map;
  }

  const rgb = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  function colourOf(share) {
    const stops = token('amount').split(/\s*,\s*/).map(rgb);
    const at = Math.min(0.9999, Math.max(0, share)) * (stops.length - 1);
    const [low, high] = [stops[Math.floor(at)], stops[Math.floor(at) + 1]];
    return `rgb(${low.map((value, index) => Math.round(value + (high[index] - value) * (at % 1))).join(' ')})`;
  }

  function fill(map, { data, layout }) {
    const [known, unknown] = [data.find(({ coloraxis }) => coloraxis), data.find(({ showscale }) => showscale === false)];
    const top = layout.coloraxis?.cmax || 1;
    known.locations.forEach((code, index) => map.areas.get(code)?.style.setProperty('fill', colourOf(known.z[index] / top)));
    (unknown?.locations || []).forEach((code) => map.areas.get(code)?.style.removeProperty('fill'));
  }

  // The highest areas by name, where the name does not lie over another one or over the edge.
  function label(map, { data }, cuts) {
    const { locations, z, text } = data.find(({ coloraxis }) => coloraxis);
    const ranked = locations.map((code, index) => ({ code, value: z[index], name: nameOf(text[index]) })).sort((a, b) => b.value - a.value);
    const taken = [boxIn(map.corner, map.width, map.height)];
    const labels = [];
    for (const { code, value, name } of ranked) {
      const box = value > 0 && labels.length < LABELS && roomFor(map, code, name, taken, cuts);
      if (box) {
        taken.push(box);
        labels.push(named(name, box, 'label'));
      }
    }
    const roomy = map.height > 12 * rem(); // on a small map a name hides more than it says
    map.names.slice(0, roomy ? PLACES : 0).forEach(({ name, at: [x, y] }) => {
      const box = whole(map, { x, y, half: (0.3 * name.length + 0.2) * rem(), high: 0.75 * rem() }, taken, cuts);
      if (box) {
        taken.push(box);
        labels.push(named(name, box, 'label label--place'));
      }
    });
    map.labels.replaceChildren(...labels);
  }

  const nameOf = (words) => words.match(/<b>(.*?)<\/b>/)?.[1].replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&') || '';

  function roomFor(map, code, name, taken, cuts) {
    const shape = map.areas.get(code);
    if (!shape) return null;
    const { x, y, width, height } = shape.getBBox();
    const half = (0.3 * name.length + 0.2) * rem();
    if (width < 1.3 * half) return null; // a name that hides its area says less than none
    const box = { x: Math.min(Math.max(x + width / 2, half + 1), map.width - half - 1), y: y + height / 2, half, high: 0.75 * rem() };
    return whole(map, box, taken, cuts);
  }

  // The box of a name where it lies whole on one screen and over no other name, else nothing.
  function whole(map, box, taken, cuts) {
    const { x, y, half, high } = box;
    const apart = (other) => Math.abs(x - other.x) > half + other.half || Math.abs(y - other.y) > high + other.high;
    const inside = x > half && x < map.width - half && y > high && y < map.height - 2.2 * rem();
    const uncut = cuts.across.every((cut) => Math.abs(cut - x) > half) && cuts.down.every((cut) => Math.abs(cut - y) > high);
    return inside && uncut && taken.every(apart) ? box : null;
  }

  function named(name, { x, y }, kind) {
    const node = svg('text', { class: kind, x, y });
    node.textContent = name;
    return node;
  }

  function mark(map, spots) {
    map.points.replaceChildren(...spots.map(([lat, lon]) => {
      const [cx, cy] = map.to([lon, lat]);
      return svg('circle', { class: 'point', cx, cy, r: 0.32 * rem() });
    }));
  }

  function scale(place, { layout }) {
    const words = layout.coloraxis?.colorbar?.ticktext || [];
    place.querySelector('.scale').replaceChildren(words[0] || '', h('i'), words.at(-1) || '');
  }

  // `cuts` are the bezels, in the pixels of the place.
  pantau.map = async (place, figure, cuts) => {
    const map = await build(place, figure.data[0].geojson, cuts);
    fill(map, figure);
    label(map, figure, cuts);
    const spots = figure.data.find(({ type }) => type === 'scattergeo');
    mark(map, spots ? spots.lat.map((lat, index) => [lat, spots.lon[index]]) : []);
    scale(place, figure);
  };

  // Flies from the whole city to one area or point, and shows where it is.
  pantau.fly = async (place, address, code, point) => {
    const map = await build(place, address);
    place.querySelector('.scale')?.remove();
    const here = [...map.areas].filter(([area]) => code && (code.startsWith(area) || area.startsWith(code)));
    map.areas.forEach((shape) => shape.classList.remove('is-here'));
    here.forEach(([, shape]) => {
      shape.classList.add('is-here');
      shape.parentNode.append(shape); // its outline lies over its neighbours'
    });
    const box = here.length ? boxOf(here.map(([, shape]) => shape.getBBox())) : null;
    const target = point ? around(map.to([point[1], point[0]]), map) : box;
    mark(map, point ? [point] : []);
    if (!target) return;
    const factor = Math.min(5, 0.6 * Math.min(map.width / target.width, map.height / target.height));
    map.points.querySelectorAll('circle').forEach((circle) => circle.setAttribute('r', (0.5 * rem()) / Math.max(1, factor)));
    const [x, y] = [target.x + target.width / 2, target.y + target.height / 2];
    // One frame of the whole city first, so that there is something to fly from.
    requestAnimationFrame(() => requestAnimationFrame(() => {
      map.everything.style.transform = factor > 1
        ? `translate(${map.width / 2 - factor * x}px, ${map.height / 2 - factor * y}px) scale(${factor})` : 'none';
    }));
  };

  function boxOf(boxes) {
    const [left, top] = [Math.min(...boxes.map(({ x }) => x)), Math.min(...boxes.map(({ y }) => y))];
    const right = Math.max(...boxes.map(({ x, width }) => x + width));
    const bottom = Math.max(...boxes.map(({ y, height }) => y + height));
    return { x: left, y: top, width: right - left, height: bottom - top };
  }

  const around = ([x, y], { width, height }) => ({ x: x - width / 8, y: y - height / 8, width: width / 4, height: height / 4 });
})();
