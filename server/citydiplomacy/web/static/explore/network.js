// The ties as one network, drawn by the graphics card. Where everybody stands comes from the server:
// it is the same each time, and nothing moves of itself.
import { colours, element, finder, isStill, onScheme, read, tell } from "./ties.js";

const VENDOR = new URL("../vendor/", import.meta.url);
const MANY = 3000;
const figure = document.getElementById("picture");
const told = document.getElementById("told");

function show(known) {
  const { graphology, Sigma } = globalThis;
  const place = element("div");
  place.className = "stars";
  figure.replaceChildren(place);
  let colour = colours(known.groups);
  const graph = new graphology.MultiGraph();
  // On a phone all is smaller, and fewer names have room.
  const room = Math.max(0.4, Math.min(1, place.clientWidth / 1000));
  const scale = room * Math.max(0.25, Math.min(1, Math.sqrt(1000 / known.actors.length)));
  const networks = new Set(known.memberships.map(({ network }) => network));
  const standing = known.actors.filter((actor) => actor.ties.length || networks.has(actor) || known.memberships.length);
  for (const actor of standing) {
    graph.addNode(actor.path, { x: actor.x, y: -actor.y, label: actor.label, size: size(actor) * scale, actor, isNetwork: networks.has(actor) });
    if (networks.has(actor)) graph.setNodeAttribute(actor.path, "size", 8 * scale);
  }
  for (const tie of known.ties) graph.addEdge(tie.one.path, tie.other.path, { group: tie.group, size: tie.group === "standing" ? 0.8 : 2, zIndex: tie.group === "standing" ? 1 : 2 });
  for (const { member, network } of known.memberships) graph.addEdge(member.path, network.path, { group: "membership", size: 0.5, zIndex: 0 });
  for (const country of countries(standing, Math.round(14 * room * room))) graph.addNode(`country ${country.label}`, { ...country, size: 0.1, isCountry: true });
  const state = { chosen: null, near: new Set() };
  const drawn = new Sigma(graph, place, {
    zIndex: true, hideEdgesOnMove: graph.size > MANY, labelRenderedSizeThreshold: 6 * Math.max(0.5, scale), labelDensity: 0.6, stagePadding: 20,
    labelFont: getComputedStyle(document.querySelector(".pictures")).fontFamily, labelSize: 13, minCameraRatio: 0.02, maxCameraRatio: 2,
    labelColor: { attribute: "labelColour" }, defaultDrawNodeHover: (context, node, settings) => label(context, node, settings, colour),
    nodeReducer: (path, node) => ({ ...node, ...seen(path, node, state, colour) }),
    edgeReducer: (edge, tie) => ({ ...tie, ...lit(graph, edge, tie, state, colour, graph.size > MANY) }),
  });
  const choose = (actor) => {
    state.chosen = actor.path;
    state.near = new Set(graph.neighbors(actor.path));
    tell(told, actor);
    if (networks.has(actor)) told.append(element("p", `${graph.degree(actor.path)} members are recorded.`));
    drawn.refresh();
  };
  drawn.on("clickNode", ({ node }) => {
    const actor = graph.getNodeAttribute(node, "actor");
    if (actor) choose(actor);
  });
  drawn.on("clickStage", () => {
    Object.assign(state, { chosen: null, near: new Set() });
    told.replaceChildren();
    drawn.refresh();
  });
  drawn.on("enterNode", () => place.classList.add("over"));
  drawn.on("leaveNode", () => place.classList.remove("over"));
  onScheme(() => {
    colour = colours(known.groups);
    drawn.refresh();
  });
  keyboard(place, drawn.getCamera());
  figure.after(finder(standing, (actor) => {
    choose(actor);
    const { x, y } = drawn.getNodeDisplayData(actor.path);
    drawn.getCamera().animate({ x, y, ratio: 0.35 }, { duration: isStill() ? 0 : 400 });
  }));
}

const size = (actor) => Math.min(16, 1.8 + Math.sqrt(actor.ties.length) * 1.1);

// The names of the countries with most cities stand above them.
function countries(standing, most) {
  const found = Map.groupBy(standing.filter(({ country }) => country), ({ country }) => country);
  const largest = [...found].sort((one, other) => other[1].length - one[1].length).slice(0, most);
  return largest.map(([label, actors]) => ({
    label, x: actors.reduce((sum, { x }) => sum + x, 0) / actors.length, y: 14 - Math.min(...actors.map(({ y }) => y)),
  }));
}

function seen(path, node, state, colour) {
  if (node.isCountry) return { color: colour.raised, labelColour: colour.soft, label: node.label.toUpperCase(), forceLabel: !state.chosen };
  const isFar = state.chosen && state.chosen !== path && !state.near.has(path);
  const own = node.isNetwork ? colour.soft : colour.accent;
  return {
    color: isFar ? colour.line : path === state.chosen ? colour.ink : own,
    labelColour: colour.ink, label: isFar ? "" : node.label, forceLabel: path === state.chosen || (state.near.has(path) && state.near.size < 30),
    zIndex: isFar ? 0 : 1, size: node.size,
  };
}

function lit(graph, edge, tie, state, colour, isCrowded) {
  const own = colour[tie.group] ?? colour.line;
  if (!state.chosen && isCrowded) return { color: mixed(own, colour.raised, tie.group === "standing" ? 0.15 : 0.4), size: 0.5 };
  if (!state.chosen) return { color: tie.group === "standing" ? mixed(own, colour.raised, 0.35) : own };
  const isOf = graph.extremities(edge).includes(state.chosen);
  return isOf ? { color: own, size: Math.max(1.6, tie.size), zIndex: 3 } : { hidden: true };
}

// Opaque, because the colours of lines that let others through add up to glaring ones.
function mixed(one, other, share) {
  const parts = (colour) => [1, 3, 5].map((start) => Number.parseInt(colour.slice(start, start + 2), 16));
  const [from, to] = [parts(other), parts(one)];
  return `#${from.map((value, index) => Math.round(value + (to[index] - value) * share).toString(16).padStart(2, "0")).join("")}`;
}

// The name of what is under the pointer, on paper.
function label(context, node, settings, colour) {
  context.font = `600 ${settings.labelSize}px ${settings.labelFont}`;
  const wide = context.measureText(node.label).width;
  context.fillStyle = colour.raised;
  context.strokeStyle = colour.line;
  context.beginPath();
  context.roundRect(node.x + node.size + 1, node.y - 12, wide + 10, 24, 4);
  context.fill();
  context.stroke();
  context.fillStyle = colour.ink;
  context.fillText(node.label, node.x + node.size + 6, node.y + settings.labelSize / 3);
}

function keyboard(place, camera) {
  place.tabIndex = 0;
  place.setAttribute("role", "application");
  place.setAttribute("aria-label", "Network of ties: arrow keys move it, plus and minus zoom");
  const moves = {
    ArrowLeft: (at) => ({ x: at.x - 0.1 * at.ratio }), ArrowRight: (at) => ({ x: at.x + 0.1 * at.ratio }),
    ArrowUp: (at) => ({ y: at.y + 0.1 * at.ratio }), ArrowDown: (at) => ({ y: at.y - 0.1 * at.ratio }),
    "+": (at) => ({ ratio: at.ratio / 1.4 }), "-": (at) => ({ ratio: at.ratio * 1.4 }), 0: () => ({ x: 0.5, y: 0.5, ratio: 1 }),
  };
  place.addEventListener("keydown", (event) => {
    const move = moves[event.key];
    if (!move || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    // While it moves, many lines are left out: they come back when it stands.
    camera.animate(move(camera.getState()), { duration: isStill() ? 0 : 120 });
  });
}

try {
  if (!document.createElement("canvas").getContext("webgl2")) throw new Error("There is no WebGL here.");
  const known = await read(figure);
  await import(new URL("graphology-0.26.0/graphology.umd.min.js", VENDOR));
  await import(new URL("sigma-3.0.3/sigma.min.js", VENDOR));
  if (known.ties.length) show(known);
} catch (error) {
  // The picture of the server stays.
  console.info(error.message);
}
