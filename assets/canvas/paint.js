// Decoding, colouring and painting of small maps of numbers. Nothing here knows where a
// picture comes from: a source is anything that drawImage takes, so an <img>, a running
// <video> or another canvas. COLOUR_MAPS is defined above by the page.

function decodeBytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

// Maps as rn18demo/core/wire.py packs them; the bytes stay bytes until one map is asked for.
function decodeMaps(packed) {
  const peaks = new DataView(decodeBytes(packed.peaks).buffer);
  return { ...packed, bytes: decodeBytes(packed.data), peakOf: (i) => peaks.getFloat32(4 * i, true) };
}

// Where the map of a class (or channel) index lies, or -1.
function positionOf(maps, index) {
  if (maps.indices) return maps.indices.indexOf(index);
  return Number.isInteger(index) && index >= 0 && index < maps.count ? index : -1;
}

// One map: its real values, row by row, and the largest absolute one.
function mapAt(decoded, position) {
  const { rows, columns, signed } = decoded;
  const peak = decoded.peakOf(position);
  const cells = decoded.bytes.subarray(position * rows * columns, (position + 1) * rows * columns);
  const values = Float32Array.from(cells, (byte) => (signed ? (byte - 128) / 127 : byte / 255) * peak);
  return { rows, columns, signed, peak, values };
}

const colourTables = new Map();

// 256 colours, as 768 bytes, interpolated between the anchors of a colour map.
function colourTable(name) {
  if (colourTables.has(name)) return colourTables.get(name);
  const anchors = COLOUR_MAPS[name].split(" ").map((hex) => parseInt(hex, 16));
  const table = new Uint8ClampedArray(768);
  for (let i = 0; i < 256; i += 1) {
    const place = (i / 255) * (anchors.length - 1);
    const left = Math.min(Math.floor(place), anchors.length - 2);
    for (let c = 0; c < 3; c += 1) {
      const shift = 16 - 8 * c;
      const from = (anchors[left] >> shift) & 255;
      const to = (anchors[left + 1] >> shift) & 255;
      table[3 * i + c] = from + (to - from) * (place - left);
    }
  }
  colourTables.set(name, table);
  return table;
}

// The same colours as a CSS gradient, for legends.
function colourGradient(name, direction = "to right") {
  const stops = COLOUR_MAPS[name].split(" ").map((hex) => "#" + hex);
  return "linear-gradient(" + direction + ", " + stops.join(", ") + ")";
}

// Value at a place between cell centres; beyond the outermost centres the edge goes on.
function enlarge(map, width, height) {
  const { rows, columns, values } = map;
  const result = new Float32Array(width * height);
  const axis = (length, cells) =>
    Array.from({ length }, (_, i) => {
      const place = Math.min(Math.max(((i + 0.5) * cells) / length - 0.5, 0), cells - 1);
      const low = Math.floor(place);
      return [low, Math.min(low + 1, cells - 1), place - low];
    });
  const across = axis(width, columns);
  axis(height, rows).forEach(([top, bottom, down], y) => {
    across.forEach(([left, right, over], x) => {
      const upper = values[top * columns + left] * (1 - over) + values[top * columns + right] * over;
      const lower = values[bottom * columns + left] * (1 - over) + values[bottom * columns + right] * over;
      result[y * width + x] = upper * (1 - down) + lower * down;
    });
  });
  return result;
}

// A map as a small canvas of coloured pixels. Values are interpolated, then coloured: colours
// interpolated by the browser would show values that do not occur. With `fade`, low values
// are see-through.
function mapLayer(map, { colours, scale, smooth, fade, side = 224 }) {
  const [width, height] = smooth ? [side, side] : [map.columns, map.rows];
  const values = smooth ? enlarge(map, width, height) : map.values;
  const table = colourTable(map.signed ? "diverging" : colours);
  const layer = document.createElement("canvas");
  layer.width = width;
  layer.height = height;
  const context = layer.getContext("2d");
  const image = context.createImageData(width, height);
  for (let i = 0; i < values.length; i += 1) {
    const share = scale > 0 ? values[i] / scale : 0;
    const colour = 3 * Math.round(255 * Math.min(Math.max(map.signed ? (share + 1) / 2 : share, 0), 1));
    image.data[4 * i] = table[colour];
    image.data[4 * i + 1] = table[colour + 1];
    image.data[4 * i + 2] = table[colour + 2];
    image.data[4 * i + 3] = fade ? 255 * Math.min(1, 1.6 * Math.abs(share)) : 255;
  }
  context.putImageData(image, 0, 0);
  return layer;
}

// The rectangle of a crop (shares) inside a box [x, y, width, height].
function cropBox([x, y, width, height], [left, top, right, bottom]) {
  return [x + left * width, y + top * height, (right - left) * width, (bottom - top) * height];
}

// Whether nothing is cut off.
function seesAll([left, top, right, bottom]) {
  return left <= 0.002 && top <= 0.002 && right >= 0.998 && bottom >= 0.998;
}

// Dim and hatch what the network did not see.
function paintUnseen(context, box, crop) {
  const [x, y, width, height] = box;
  if (seesAll(crop)) return;
  context.save();
  context.beginPath();
  context.rect(...box);
  context.rect(...cropBox(box, crop));
  context.clip("evenodd");
  context.fillStyle = "rgba(20, 20, 25, 0.55)";
  context.fillRect(...box);
  const step = Math.max(7, Math.max(width, height) / 55);
  context.strokeStyle = "rgba(255, 255, 255, 0.3)";
  context.lineWidth = step / 7;
  context.beginPath();
  for (let offset = -height; offset < width; offset += step) {
    context.moveTo(x + offset, y + height);
    context.lineTo(x + offset + height, y);
  }
  context.stroke();
  context.restore();
}

// Paint a picture with a map over the part that the network saw.
//   context  2D context
//   source   what drawImage takes, or null for the map alone
//   map      from mapAt, or null for the picture alone
//   options  box: where, [x, y, width, height]; crop: shares seen by the network;
//            opacity: 0 to 1; colours: name; scale: the value with the last colour;
//            smooth: between cells; fade: low values see-through;
//            from: share of the width where the map begins (before | after)
function paint(context, source, map, options) {
  const { box, crop, opacity, smooth, from = 0 } = options;
  const [x, y, width, height] = box;
  context.save();
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  if (source) context.drawImage(source, ...box);
  paintUnseen(context, box, crop);
  if (map) {
    context.beginPath();
    context.rect(x + from * width, y, (1 - from) * width, height);
    context.clip();
    context.globalAlpha = opacity;
    context.imageSmoothingEnabled = smooth;
    context.drawImage(mapLayer(map, options), ...cropBox(box, crop));
  }
  context.restore();
}

// Paint the cells of a map alone, each one a flat rectangle with a thin line around it.
function paintCells(context, map, { box, colours, scale }) {
  const [x, y, width, height] = box;
  context.save();
  context.imageSmoothingEnabled = false;
  context.drawImage(mapLayer(map, { colours, scale, smooth: false, fade: false }), ...box);
  const [across, down] = [width / map.columns, height / map.rows];
  if (Math.min(across, down) >= 8) {
    context.fillStyle = "rgba(128, 128, 128, 0.45)";
    for (let c = 1; c < map.columns; c += 1) context.fillRect(x + c * across - 0.5, y, 1, height);
    for (let r = 1; r < map.rows; r += 1) context.fillRect(x, y + r * down - 0.5, width, 1);
  }
  context.restore();
}

// The largest box of an aspect (width / height) inside a width and a height, centred.
function containBox(width, height, aspect) {
  const [w, h] = width / height > aspect ? [height * aspect, height] : [width, width / aspect];
  return [(width - w) / 2, (height - h) / 2, w, h];
}

// A map in one sentence; the twin of describe_map in rn18demo/core/wire.py.
function describeMap(map, label, crop, texts) {
  const name = label ? fill(texts.the_map_for, { label }) : texts.the_map;
  const top = map.values.reduce((best, value, i) => (value > map.values[best] ? i : best), 0);
  const peak = map.values[top];
  if (!(peak > 0)) return fill(texts.empty_map, { name });
  const x = crop[0] + (((top % map.columns) + 0.5) / map.columns) * (crop[2] - crop[0]);
  const y = crop[1] + ((Math.floor(top / map.columns) + 0.5) / map.rows) * (crop[3] - crop[1]);
  const place = texts.places.split("|")[3 * Math.min(Math.floor(y * 3), 2) + Math.min(Math.floor(x * 3), 2)];
  const strong = map.values.reduce((sum, value) => sum + (value >= peak / 2 ? 1 : 0), 0);
  const share = Math.floor((100 * strong) / map.values.length + 0.5);
  const covered = share ? share + " %" : texts.less_than_one;
  return fill(texts.strongest, { name, place, covered });
}
