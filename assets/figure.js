// Dresses figures in the tokens of the theme on screen: one plotly template, named colours, the language.
(() => {
  const { pantau } = window;
  const root = document.documentElement;
  let known = { of: '' };

  // Asking for a style makes the browser compute the page's: once for every theme and width, not for every figure.
  function dress() {
    const of = [root.dataset.theme, root.lang, innerWidth, devicePixelRatio].join(' ');
    if (known.of === of) return known;
    const style = getComputedStyle(root);
    known = { of, style, tokens: new Map(), rem: parseFloat(style.fontSize) };
    return known;
  }

  function token(name) {
    const { tokens, style } = dress();
    if (!tokens.has(name)) tokens.set(name, style.getPropertyValue(`--${name}`).trim());
    return tokens.get(name);
  }

  const rem = () => dress().rem;
  const small = () => 0.78 * rem();

  function scale(name) {
    const colours = token(name).split(/\s*,\s*/);
    return colours.map((colour, index) => [index / (colours.length - 1), colour]);
  }

  function named(value) {
    const name = value.slice('token:'.length);
    return ['amount', 'around-target'].includes(name) ? scale(name) : token(name);
  }

  // Replaces every "token:…" anywhere in a figure; leaves everything else as it is.
  function coloured(value) {
    if (typeof value === 'string') return value.startsWith('token:') ? named(value) : value;
    if (Array.isArray(value)) return value.map(coloured);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, coloured(inner)]));
  }

  // Sizes come in the pixels of a desk; a wall has larger ones.
  function grown(trace) {
    const factor = rem() / 16;
    const times = (value) => (Array.isArray(value) ? value.map(times) : value * factor);
    const sized = (part, key) => (part?.[key] === undefined ? part : { ...part, [key]: times(part[key]) });
    const { marker, line } = trace;
    const bigger = { ...trace };
    if (marker) bigger.marker = { ...sized(marker, 'size'), ...(marker.line && { line: sized(marker.line, 'width') }) };
    if (line) bigger.line = sized(line, 'width');
    return bigger;
  }

  // An area under a line is a breath of the line's colour.
  function tinted(trace) {
    const colour = trace.line?.color;
    if (!trace.fill || trace.fill === 'none' || trace.fillcolor || !/^#[\da-f]{6}$/i.test(colour)) return trace;
    return { ...trace, fillcolor: `${colour}29` };
  }

  function axis() {
    return {
      automargin: true, gridcolor: token('line'), gridwidth: 1, linecolor: token('line'), zerolinecolor: token('line'),
      ticks: '', tickcolor: token('line'), tickfont: { color: token('faint') }, ticklabelstandoff: 6, ticklabeloverflow: 'allow', fixedrange: true,
      title: { font: { color: token('faint'), size: small() }, standoff: 10 },
    };
  }

  function colorbar() {
    return {
      thickness: 0.5 * rem(), outlinewidth: 0, len: 0.7, x: 1, xpad: 4, tickfont: { color: token('faint') },
      title: { font: { color: token('faint'), size: small() } },
    };
  }

  function template() {
    const size = small();
    return {
      layout: {
        font: { family: token('font'), size, color: token('muted') },
        paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)',
        colorway: [1, 2, 3, 4, 5].map((index) => token(`series-${index}`)),
        colorscale: { sequential: scale('amount'), diverging: scale('around-target') },
        coloraxis: { colorbar: colorbar() },
        xaxis: axis(), yaxis: axis(),
        margin: { l: 4, r: 4, t: 4, b: 4, pad: 2 },
        hoverlabel: {
          bgcolor: token('raised'), bordercolor: token('line'), align: 'left',
          font: { family: token('font'), size, color: token('text') },
        },
        bargap: 0.28, barcornerradius: 0.18 * rem(), dragmode: false, hovermode: 'closest',
        geo: {
          visible: false, fitbounds: 'locations', bgcolor: 'rgba(0,0,0,0)', projection: { type: 'mercator' },
        },
        uniformtext: { minsize: 0.6 * size, mode: 'hide' },
      },
      data: {
        scatter: [{ line: { width: 0.14 * rem() }, marker: { size: 0.4 * rem() } }],
        choropleth: [{ colorbar: colorbar(), marker: { line: { color: token('ground'), width: 0.05 * rem() } } }],
        heatmap: [{ colorbar: colorbar(), xgap: 1, ygap: 1 }],
        scattergeo: [{ marker: { size: 0.45 * rem(), line: { width: 1, color: token('ground') } } }],
      },
    };
  }

  pantau.figure = ({ data, layout }) => {
    const separators = pantau.language() === 'en' ? '.,' : ',.';
    return {
      data: coloured(data).map(grown).map(tinted),
      layout: { uirevision: 'kept', separators, autosize: true, ...coloured(layout || {}), template: template() },
    };
  };

  // Texts of figures are escaped for plotly.
  pantau.plain = (words) => String(words).replace(/<[^>]*>/g, '').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

  // What a dressed figure draws and a reader has to tell apart; words of the page, which plotly would have to measure.
  pantau.legend = ({ data, layout }) => {
    const named = data.filter(({ name, showlegend }) => name && showlegend !== false);
    if (layout.showlegend === false || named.length < (layout.showlegend ? 1 : 2)) return [];
    return named.map((trace) => ({ name: trace.name, words: pantau.plain(trace.name), colour: colourOf(trace), kind: kindOf(trace) }));
  };

  const colourOf = ({ line, marker }) => line?.color || [marker?.color].flat()[0];

  function kindOf({ type, mode, line }) {
    if (type === 'bar') return 'bar';
    if (mode === 'markers') return 'marks';
    return line?.dash && line.dash !== 'solid' ? 'dashed' : 'line';
  }

  // What a drawn figure depends on besides its answer.
  pantau.look = () => [pantau.theme(), pantau.language(), rem()].join(' ');
})();
