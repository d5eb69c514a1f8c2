// Draws one frame with Grafana's own flame graph and says what came of it: window.asked = {fields}, the answer as JSON in #said.
// It asks for the CommonJS form: in the other one esbuild, true to Node, takes the default of some libraries for a module.
const { createTheme, toDataFrame } = require('@grafana/data');
const { checkFields, FlameGraph, getMessageCheckFieldsResult } = require('@grafana/flamegraph');
const React = require('react');
const { createRoot } = require('react-dom/client');

const SETTLED_MILLISECONDS = 1500; // of the browser's virtual time

const theme = createTheme({ colors: { mode: 'dark' } });
const frame = toDataFrame({ fields: window.asked.fields });
const wrong = checkFields(frame);

function say(answer) {
  document.getElementById('said').textContent = JSON.stringify(answer);
}

function paintedColors() {
  const canvas = document.querySelector('canvas');
  if (!canvas || !canvas.width) {
    return 0;
  }
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const colors = new Set();
  for (let at = 0; at < data.length; at += 4) {
    colors.add(data[at] * 65536 + data[at + 1] * 256 + data[at + 2]);
  }
  return colors.size;
}

document.body.style.background = theme.colors.background.primary;
document.body.style.color = theme.colors.text.primary;
document.body.style.fontFamily = theme.typography.fontFamily;
document.body.style.fontSize = '14px';
if (wrong) {
  say({ wrong: getMessageCheckFieldsResult(wrong), colors: 0, errors: window.errors });
} else {
  createRoot(document.getElementById('graph')).render(
    <FlameGraph data={frame} getTheme={() => theme} disableCollapsing={true} showFlameGraphOnly={true} />
  );
  setTimeout(() => say({ wrong: '', colors: paintedColors(), errors: window.errors }), SETTLED_MILLISECONDS);
}
