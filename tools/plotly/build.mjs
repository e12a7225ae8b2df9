// npm install && npm run build: writes the bundle, its licence and the font into ../../assets.
import { copyFileSync, mkdirSync } from 'node:fs';
import { build } from 'esbuild';

const assets = new URL('../../assets/', import.meta.url).pathname;
const modules = new URL('./node_modules/', import.meta.url).pathname;

// plotly.js inlines its map libraries' style sheets; none of our traces needs them.
const noStyles = {
  name: 'no-styles',
  setup(api) {
    api.onLoad({ filter: /\.css$/ }, () => ({ contents: '', loader: 'js' }));
  },
};

mkdirSync(`${assets}vendor`, { recursive: true });
mkdirSync(`${assets}fonts`, { recursive: true });
await build({
  entryPoints: ['entry.js'],
  outfile: `${assets}vendor/plotly-pantau.min.js`,
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2020',
  define: { global: 'window', 'define.amd': 'false', 'process.env.NODE_DEBUG': 'false' },
  alias: { stream: 'stream-browserify' },
  plugins: [noStyles],
  legalComments: 'none',
  banner: { js: '/* plotly.js 4.1.1, Copyright Plotly, Inc., MIT licence: see plotly.LICENSE.txt */' },
  logLevel: 'info',
});
copyFileSync(`${modules}plotly.js/LICENSE`, `${assets}vendor/plotly.LICENSE.txt`);
const inter = `${modules}@fontsource-variable/inter/`;
copyFileSync(`${inter}files/inter-latin-wght-normal.woff2`, `${assets}fonts/inter-latin-wght-normal.woff2`);
copyFileSync(`${inter}LICENSE`, `${assets}fonts/inter.LICENSE.txt`);
