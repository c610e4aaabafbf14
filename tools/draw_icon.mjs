// The app's icon, an umbrella: as SVG, and as PNG for telephones that take nothing else. One drawing, no picture library.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";

const SIDE = 512, NAVY = [16, 48, 79], WHITE = [255, 255, 255], YELLOW = [255, 211, 61];
const FINE = 4; // samples a pixel, each way

const SVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIDE} ${SIDE}"><title>安康</title><path fill="#10304f" d="M0 0h512v512H0z"/>\
<path fill="#fff" d="M106 262a150 150 0 0 1 300 0a50 50 0 0 0-100 0a50 50 0 0 0-100 0a50 50 0 0 0-100 0z"/>\
<path fill="none" stroke="#ffd33d" stroke-width="18" stroke-linecap="round" d="M256 212v160a28 28 0 0 1-56 0M256 112V98"/></svg>\n`;

const away = (x, y, cx, cy) => Math.hypot(x - cx, y - cy);
const isCanopy = (x, y) => y <= 262 && away(x, y, 256, 262) <= 150 && [156, 256, 356].every((cx) => away(x, y, cx, 262) > 50);
const nearLine = (x, y, from, to) => away(x, y, 256, Math.min(Math.max(y, from), to)) <= 9;
const isHook = (x, y) => (y >= 372 && Math.abs(away(x, y, 228, 372) - 28) <= 9) || away(x, y, 200, 372) <= 9;
const isHandle = (x, y) => nearLine(x, y, 212, 372) || nearLine(x, y, 98, 112) || isHook(x, y);
const colourAt = (x, y) => (isHandle(x, y) ? YELLOW : isCanopy(x, y) ? WHITE : NAVY);

function pixel(column, row, step) {
  const sum = [0, 0, 0];
  for (let at = 0; at < FINE * FINE; at += 1) {
    const x = (column + ((at % FINE) + 0.5) / FINE) * step, y = (row + (Math.floor(at / FINE) + 0.5) / FINE) * step;
    colourAt(x, y).forEach((part, channel) => { sum[channel] += part; });
  }
  return sum.map((part) => Math.round(part / (FINE * FINE)));
}

function crc32(bytes) {
  let rest = ~0;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit += 1) rest = (rest >>> 1) ^ (0xedb88320 & -(rest & 1));
  }
  return ~rest >>> 0;
}

function chunk(kind, data) {
  const body = Buffer.concat([Buffer.from(kind, "latin1"), data]), frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

// PNG (ISO/IEC 15948): 8 bits, RGB, no filter.
function png(size) {
  const header = Buffer.alloc(13), step = SIDE / size, rows = [];
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 2, 0, 0, 0], 8);
  for (let row = 0; row < size; row += 1) {
    rows.push(0);
    for (let column = 0; column < size; column += 1) rows.push(...pixel(column, row, step));
  }
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", deflateSync(Buffer.from(rows))), chunk("IEND", Buffer.alloc(0))]);
}

export function drawIcon(folder) {
  writeFileSync(join(folder, "icon.svg"), SVG);
  for (const size of [192, 512]) writeFileSync(join(folder, `icon-${size}.png`), png(size));
}
