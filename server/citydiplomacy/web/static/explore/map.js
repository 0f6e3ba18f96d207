// The ties on a map that can be moved: outlines of countries, no tiles, nothing from another host.
import { outlines } from "../editor/map.js";
import { arc, east, WEST } from "./arcs.js";
import { colours, DASHES, described, element, finder, isStill, onScheme, read, tell } from "./ties.js";

const VENDOR = new URL("../vendor/leaflet-1.9.4/", import.meta.url);
// With more ties than this, single ones cannot be told apart under the pointer.
const MOST_HOVERED = 3000;
const MOST_PAIRS = 600;
const MOST_DOTS = 1000;
const NEAR = 7;
const figure = document.getElementById("picture");
const told = document.getElementById("told");

function library() {
  const style = element("link");
  style.rel = "stylesheet";
  style.href = new URL("leaflet.css", VENDOR);
  const styled = new Promise((done, failed) => { style.onload = done; style.onerror = failed; });
  document.head.append(style);
  return Promise.all([styled, import(new URL("leaflet.js", VENDOR))]);
}

function show(known, land) {
  const { L } = globalThis;
  const placed = known.actors.filter((actor) => actor.latitude !== null && actor.ties.length)
    .sort((one, other) => other.ties.length - one.ties.length);
  const drawn = known.ties.filter(({ one, other }) => one.latitude !== null && other.latitude !== null);
  if (!placed.length) return;
  const isCrowded = drawn.length > MOST_HOVERED;
  for (const tie of drawn) tie.lines = arc(tie.one, tie.other, isCrowded ? 8 : 3);
  const usual = isCrowded ? betweenCountries(drawn) : null;
  const place = element("div");
  place.className = "world";
  place.setAttribute("role", "application");
  place.setAttribute("aria-label", "Map of ties: arrow keys move it, plus and minus zoom");
  figure.replaceChildren(place);
  const still = isStill();
  const map = L.map(place, {
    crs: L.CRS.EPSG4326, renderer: L.canvas({ padding: 0.3 }), attributionControl: false, zoomSnap: 0.25, minZoom: -1, maxZoom: 7,
    maxBounds: [[-75, WEST - 15], [95, WEST + 375]], zoomAnimation: !still, fadeAnimation: false, inertia: !still, scrollWheelZoom: "center",
  });
  // The wheel scrolls the page until somebody works with the map.
  map.scrollWheelZoom.disable();
  map.on("focus", () => map.scrollWheelZoom.enable());
  map.on("blur", () => map.scrollWheelZoom.disable());
  map.fitBounds(bounds(placed, L), { animate: false, padding: [16, 16], maxZoom: 3 });
  const layers = L.layerGroup().addTo(map);
  const state = { chosen: null };
  const draw = () => redraw(L, layers, { known, land, placed, drawn, usual, state });
  const choose = (actor) => {
    state.chosen = actor;
    tell(told, actor);
    draw();
  };
  draw();
  onScheme(draw);
  figure.after(finder(placed, (actor) => {
    choose(actor);
    map.setView(at(actor), Math.max(map.getZoom(), 2), { animate: !still });
  }));
  hover(map, place, { placed, drawn, choose });
}

const at = ({ latitude, longitude }) => [latitude, east(longitude)];

// Antarctica has no cities; and what crosses the cut is shown once, in the east.
function isShown(ring) {
  return ring[0][0] > -80 && ring.some(([, longitude]) => longitude > WEST + 1);
}

function bounds(placed, L) {
  return L.latLngBounds(placed.map(at)).pad(0.05);
}

function redraw(L, layers, { known, land, placed, drawn, usual, state }) {
  const colour = colours(known.groups);
  layers.clearLayers();
  const add = (layer) => layers.addLayer(layer);
  const shape = land.map((ring) => ring.map(([longitude, latitude]) => [latitude, longitude])).filter(isShown);
  add(L.polygon(shape, { color: colour.soft, opacity: 0.45, weight: 0.7, fillColor: colour.soft, fillOpacity: 0.16, interactive: false, smoothFactor: 0.5 }));
  const faint = state.chosen ? 0.12 : drawn.length > 1000 ? 0.25 : 0.6;
  for (const group of known.groups) {
    const lines = usual ? usual.filter((tie) => tie.group === group).flatMap((tie) => tie.lines) : drawn.filter((tie) => tie.group === group).flatMap((tie) => tie.lines);
    if (lines.length) add(way(L, lines, group, colour, group === "standing" ? 1.1 : 2, group === "standing" || state.chosen ? faint : 0.95));
  }
  if (state.chosen) {
    for (const group of known.groups) {
      const lines = state.chosen.ties.filter((tie) => tie.lines && tie.group === group).flatMap((tie) => tie.lines);
      if (lines.length) add(way(L, lines, group, colour, 2.4, 1));
    }
  }
  const ends = state.chosen ? state.chosen.ties.flatMap(({ one, other }) => [one, other]) : [];
  for (const actor of new Set([...placed.slice(0, MOST_DOTS), ...ends.filter(({ latitude }) => latitude !== null)])) {
    const isChosen = actor === state.chosen;
    add(L.circleMarker(at(actor), {
      radius: radius(actor), weight: 1, color: colour.paper, fillColor: isChosen ? colour.ink : colour.accent, fillOpacity: 1, interactive: false,
    }));
  }
}

// Of so many that single ones cannot be seen, each two countries have one line, those with most ties; a
// city that is chosen shows all of its own.
function betweenCountries(drawn) {
  const pairs = new Map();
  for (const tie of drawn) {
    if (tie.one.country === tie.other.country) continue;
    const key = [tie.group, ...[tie.one.country, tie.other.country].sort()].join("\n");
    const known = pairs.get(key) ?? { count: 0, tie };
    const isLarger = tie.one.ties.length + tie.other.ties.length > known.tie.one.ties.length + known.tie.other.ties.length;
    pairs.set(key, { count: known.count + 1, tie: isLarger ? tie : known.tie });
  }
  const most = [...pairs.values()].sort((one, other) => other.count - one.count).slice(0, MOST_PAIRS);
  figure.after(element("p", `${drawn.length} ties are too many to be told apart: for the pairs of countries with most ties, one of each status is drawn, ${most.length} in all; and the ${MOST_DOTS} cities with most ties. Choose a city, or narrow what is shown.`));
  return most.map(({ tie }) => tie);
}

function way(L, lines, group, colour, weight, opacity) {
  return L.polyline(lines, { color: colour[group], weight, opacity, dashArray: DASHES[group], interactive: false, smoothFactor: 1.5 });
}

const radius = (actor) => Math.min(12, 2.5 + Math.sqrt(actor.ties.length));

// What lies under the pointer, found here: thousands of lines with a listener each would be slow.
function hover(map, place, { placed, drawn, choose }) {
  const tip = element("div");
  tip.className = "tip";
  tip.hidden = true;
  figure.append(tip);
  let ways = [];
  const measure = () => {
    const few = drawn.length <= MOST_HOVERED ? drawn : [];
    ways = few.map((tie) => ({ tie, lines: tie.lines.map((line) => line.map((each) => map.latLngToContainerPoint(each))) }));
  };
  measure();
  map.on("moveend zoomend resize", measure);
  const cityAt = (point) => nearest(placed, (actor) => point.distanceTo(map.latLngToContainerPoint(at(actor))) - radius(actor), 5);
  const tieAt = (point) => nearest(ways, ({ lines }) => Math.min(...lines.map((line) => distance(point, line))), NEAR)?.tie;
  map.on("mousemove", ({ containerPoint }) => {
    const city = cityAt(containerPoint);
    const tie = city ? null : tieAt(containerPoint);
    tip.hidden = !city && !tie;
    place.classList.toggle("over", Boolean(city));
    if (tip.hidden) return;
    tip.textContent = city ? `${city.label}${city.country ? `, ${city.country}` : ""}: ${city.ties.length} ${city.ties.length === 1 ? "tie" : "ties"}` : `${tie.one.label} \u2013 ${tie.other.label}: ${described(tie)}`;
    tip.style.left = `${Math.min(containerPoint.x + 14, Math.max(0, place.clientWidth - tip.offsetWidth - 4))}px`;
    tip.style.top = `${containerPoint.y + 14}px`;
  });
  map.on("mouseout", () => { tip.hidden = true; });
  map.on("click", ({ containerPoint }) => {
    const city = cityAt(containerPoint) ?? tieAt(containerPoint)?.one;
    if (city) choose(city);
  });
}

function nearest(candidates, far, limit) {
  let best = null, least = limit;
  for (const each of candidates) {
    const here = far(each);
    if (here < least) [best, least] = [each, here];
  }
  return best;
}

function distance(point, line) {
  let least = Infinity;
  for (let number = 1; number < line.length; number += 1) least = Math.min(least, toSegment(point, line[number - 1], line[number]));
  return least;
}

function toSegment(point, from, to) {
  const x = to.x - from.x, y = to.y - from.y;
  const share = Math.max(0, Math.min(1, ((point.x - from.x) * x + (point.y - from.y) * y) / (x * x + y * y || 1)));
  return Math.hypot(point.x - from.x - share * x, point.y - from.y - share * y);
}

try {
  const [known, land] = await Promise.all([read(figure), outlines(), library()]);
  if (known.ties.length) show(known, land);
} catch (error) {
  // The picture of the server stays.
  console.info(error.message);
}
