// Places of a result on the outlines of countries. Nothing comes from another host: no tiles.
import { caption, svg } from "./svg.js";

const VENDOR = new URL("../vendor/", import.meta.url);
const LATITUDE = /^lat(itude)?$/i;
const LONGITUDE = /^(long?|lng|longitude)$/i;
const POINT = /^(?:<[^>]*>\s*)?POINT\s*\(\s*(-?[\d.]+)\s+(-?[\d.]+)\s*\)$/i;
// With more places than this, the keyboard finds them in the table.
const MOST_STOPS = 40;
// Degrees: a map of one city still shows where in the world it is.
const LEAST = 30;

export function mappable(table) {
  return places(table).length > 0;
}

export async function map(place, table) {
  const found = places(table);
  place.replaceChildren(caption("Drawing the map …"));
  const land = await outlines();
  const frame = around(found);
  const across = place.clientWidth || 600;
  const height = Math.min(640, across * (frame.height / frame.width));
  const unit = Math.max(frame.width / across, frame.height / height);
  const drawn = svg("svg", {
    class: "map", role: "group", "aria-label": "Map of the places in the result", width: across, height,
    viewBox: `${frame.x} ${frame.y} ${frame.width} ${frame.height}`,
  });
  const shape = land.map((ring) => path(ring, frame.squeeze)).join("");
  drawn.append(svg("path", { d: shape, class: "land", "fill-rule": "evenodd", "stroke-width": unit * 0.7 }));
  for (const each of found) drawn.append(dot(each, frame.squeeze, unit, found.length));
  place.replaceChildren(drawn, explained(found.length, table.rows.length));
}

function places(table) {
  const latitude = table.columns.findIndex((name) => LATITUDE.test(name));
  const longitude = table.columns.findIndex((name) => LONGITUDE.test(name));
  const read = latitude >= 0 && longitude >= 0
    ? (row) => [number(row[longitude]), number(row[latitude])]
    : (row) => row.map((cell) => POINT.exec(cell?.text ?? "")).find(Boolean)?.slice(1).map(Number) ?? [NaN, NaN];
  return table.rows.map((row) => ({ at: read(row), ...called(row) })).filter(({ at }) => onEarth(at));
}

function number(cell) {
  return cell ? Number.parseFloat(Number.isFinite(cell.value) ? cell.value : cell.text) : NaN;
}

function onEarth([longitude, latitude]) {
  return Math.abs(longitude) <= 180 && Math.abs(latitude) <= 90;
}

// The first link names the place; where there is none, the first words that are no number.
function called(row) {
  const link = row.find((cell) => cell?.href);
  const words = row.find((cell) => cell && !Number.isFinite(cell.value) && !POINT.test(cell.text));
  return { name: (link ?? words)?.text ?? "", href: link?.href ?? "" };
}

// The part of the world that holds all places, and the squeeze that keeps shapes right in its middle.
function around(found) {
  const [west, east] = extent(found.map(({ at }) => at[0]), 180);
  const [south, north] = extent(found.map(({ at }) => at[1]), 85);
  const squeeze = Math.max(0.4, Math.cos(((south + north) / 2) * (Math.PI / 180)));
  return { x: west * squeeze, y: -north, width: (east - west) * squeeze, height: north - south, squeeze };
}

function extent(values, edge) {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const margin = Math.max((LEAST - (most - least)) / 2, (most - least) * 0.08, 3);
  return [Math.max(-edge, least - margin), Math.min(edge, most + margin)];
}

// The outlines of all countries: rings of longitude and latitude.
export async function outlines() {
  return (await world()).flatMap(rings).flatMap(unbroken);
}

let loaded = null;

function world() {
  loaded ??= Promise.all([
    fetch(new URL("world-atlas-2.0.2/countries-110m.json", VENDOR)).then((answer) => answer.json()),
    import(new URL("topojson-client-3.1.0/topojson-client.min.js", VENDOR)),
  ]).then(([atlas]) => globalThis.topojson.feature(atlas, atlas.objects.countries).features);
  return loaded;
}

function rings({ geometry }) {
  return geometry.type === "Polygon" ? geometry.coordinates : geometry.coordinates.flat();
}

// An outline that crosses the edge of the map is drawn at both sides, not straight across it.
// That of Antarctica goes round the world, and its way back lies below the map.
function unbroken(ring) {
  let shift = 0;
  const walked = ring.map(([longitude, latitude], index) => {
    const step = index ? longitude - ring[index - 1][0] : 0;
    if (Math.abs(step) > 180) shift -= Math.sign(step) * 360;
    return [longitude + shift, latitude];
  });
  const east = Math.max(...walked.map(([longitude]) => longitude));
  if (shift !== 0) return [ring];
  const other = east > 180 ? -360 : 360;
  const crosses = walked.some(([longitude]) => Math.abs(longitude) > 180);
  return crosses ? [walked, walked.map(([longitude, latitude]) => [longitude + other, latitude])] : [ring];
}

function path(ring, squeeze) {
  const points = ring.map(([longitude, latitude]) => `${(longitude * squeeze).toFixed(2)} ${(-latitude).toFixed(2)}`);
  return `M${points.join("L")}Z`;
}

function dot({ at, name, href }, squeeze, unit, count) {
  const circle = svg("circle", { cx: at[0] * squeeze, cy: -at[1], r: unit * Math.min(5, 3 + 40 / count), "stroke-width": unit }, svg("title", {}, name));
  if (!href) return circle;
  const link = svg("a", { href, "aria-label": name }, circle);
  if (count > MOST_STOPS) link.setAttribute("tabindex", "-1");
  return link;
}

function explained(found, all) {
  const missing = all - found;
  const left = missing ? ` ${missing} ${missing === 1 ? "row has" : "rows have"} no place.` : "";
  return caption(`${found} ${found === 1 ? "place" : "places"}.${left} Natural Earth boundaries, no position taken.`);
}
