// The shortest way between two places on the globe, as lines on a flat map that is cut in the Bering Strait.
export const WEST = -169;
const RADIAN = Math.PI / 180;

// The longitude on the map: what lies west of the cut stands in the east.
export function east(longitude) {
  return longitude < WEST ? longitude + 360 : longitude;
}

// Returns one line of [latitude, longitude], or two where the way crosses the edge of the map.
export function arc(one, other, step) {
  const a = vector(one), b = vector(other);
  const angle = Math.acos(Math.max(-1, Math.min(1, a[0] * b[0] + a[1] * b[1] + a[2] * b[2])));
  const count = Math.max(1, Math.ceil(angle / RADIAN / step));
  const points = [[one.latitude, east(one.longitude)]];
  for (let number = 1; number < count; number += 1) points.push(between(a, b, angle, number / count));
  points.push([other.latitude, east(other.longitude)]);
  return cut(points);
}

function vector({ latitude, longitude }) {
  const up = latitude * RADIAN, round = longitude * RADIAN;
  return [Math.cos(up) * Math.cos(round), Math.cos(up) * Math.sin(round), Math.sin(up)];
}

function between(a, b, angle, share) {
  const size = Math.sin(angle) || 1;
  const [x, y, z] = [0, 1, 2].map((axis) => (a[axis] * Math.sin((1 - share) * angle) + b[axis] * Math.sin(share * angle)) / size);
  return [Math.atan2(z, Math.hypot(x, y)) / RADIAN, east(Math.atan2(y, x) / RADIAN)];
}

function cut(points) {
  const lines = [[points[0]]];
  for (let number = 1; number < points.length; number += 1) {
    const [from, to] = [points[number - 1], points[number]];
    if (Math.abs(to[1] - from[1]) > 180) {
      const [edge, turn] = from[1] > to[1] ? [WEST + 360, 360] : [WEST, -360];
      const share = (edge - from[1]) / (to[1] + turn - from[1] || 1);
      const latitude = from[0] + share * (to[0] - from[0]);
      lines.at(-1).push([latitude, edge]);
      lines.push([[latitude, edge - turn]]);
    }
    lines.at(-1).push(to);
  }
  return lines;
}
