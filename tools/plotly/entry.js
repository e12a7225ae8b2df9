// plotly.js with the traces that Pantau draws, and nothing that asks another server for anything.
window.PlotlyGeoAssets = {
  topojson: { world_110m: { type: 'Topology', arcs: [], objects: emptyLayers() } },
};

function emptyLayers() {
  const layers = ['coastlines', 'land', 'ocean', 'lakes', 'rivers', 'countries', 'subunits'];
  return Object.fromEntries(layers.map((name) => [name, { type: 'GeometryCollection', geometries: [] }]));
}

const Plotly = require('plotly.js/lib/core');

Plotly.register([
  require('plotly.js/lib/bar'),
  require('plotly.js/lib/heatmap'),
  require('plotly.js/lib/choropleth'),
  require('plotly.js/lib/scattergeo'),
  {
    moduleType: 'locale',
    name: 'id',
    dictionary: { Reset: 'Atur ulang', 'Click to enter Plot title': '', 'Double-click to zoom back out': 'Klik ganda untuk kembali' },
    format: {
      days: ['Minggu', 'Senin', 'Selasa', 'Rabu', 'Kamis', 'Jumat', 'Sabtu'],
      shortDays: ['Min', 'Sen', 'Sel', 'Rab', 'Kam', 'Jum', 'Sab'],
      months: ['Januari', 'Februari', 'Maret', 'April', 'Mei', 'Juni', 'Juli', 'Agustus', 'September', 'Oktober',
        'November', 'Desember'],
      shortMonths: ['Jan', 'Feb', 'Mar', 'Apr', 'Mei', 'Jun', 'Jul', 'Agu', 'Sep', 'Okt', 'Nov', 'Des'],
      date: '%d/%m/%Y',
      month: '%b %Y',
      dayMonth: '%-d %b',
      dayMonthYear: '%-d %b %Y',
      decimal: ',',
      thousands: '.',
    },
  },
]);

window.Plotly = Plotly;
