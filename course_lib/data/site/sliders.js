// The sliders of lessons 02, 04, 05 and 07 without Jupyter: they show states that were computed when the site was built.
// Each part of the states is a small program that calls courseStates(name, part); so the pages also work from a folder.
"use strict";
(function () {
  const CHINESE = {
    layer: "层", channel: "通道", "place, down": "位置，自上而下", "place, across": "位置，自左而右", picture: "图片",
    value: "值", "receptive field": "感受野", pixels: "像素", left: "左", right: "右", values: "数值", channels: "通道",
    "as they are": "原值", correlation: "相关系数形式", "as stored": "原顺序", sorted: "排序后", distance: "距离",
    "left matrix": "左矩阵", "blur, pixels": "模糊（像素）", brightness: "亮度", contrast: "对比度",
    "tiles, pixels": "打乱的方块（像素）", none: "不打乱", "changed painting": "改动后的画", step: "步",
    "style loss, relative to the painting": "风格损失（相对于原画）", "α, power of 10": "α，10 的幂",
    "β, power of 10": "β，10 的幂", "TV, power of 10": "全变分，10 的幂", "weighted loss": "加权损失",
    content: "内容", style: "风格", tv: "全变分", "logarithmic scale": "对数刻度",
    "On this page the sliders work without running the cell.": "在本页上，不运行单元格，滑块也能用。",
    "Every run is already computed: move “step” instead of pressing play.":
      "每次运行都已经算好：不用按播放键，拖动“步”即可。",
  };
  const chinese = document.documentElement.lang.startsWith("zh");
  const say = (words) => (chinese && CHINESE[words]) || words;

  // ---- states ----
  const waiting = {}, parts = {};
  window.courseStates = (name, part) => waiting[name](part);
  function load(folder, name) { // folder: such as ../../states/02_look_at_feature_maps/
    const key = folder.split("/").at(-2) + "/" + name;
    parts[key] = parts[key] || new Promise((resolve, reject) => {
      waiting[key] = resolve;
      const script = document.createElement("script");
      script.src = folder + name + ".js";
      script.onerror = reject;
      document.head.append(script);
    });
    return parts[key];
  }
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  async function picture(address) {
    const image = new Image();
    image.src = address;
    await image.decode();
    return image;
  }
  function pixels(image) {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(image, 0, 0);
    return context.getImageData(0, 0, canvas.width, canvas.height);
  }

  // ---- parts of the page ----
  function add(parent, tag, text = "", kind = "") {
    const element = document.createElement(tag);
    element.textContent = text;
    if (kind) element.className = kind;
    parent.append(element);
    return element;
  }
  function panel(parent, kind = "") {
    const figure = add(parent, "figure", "", "panel " + kind), canvas = add(figure, "canvas");
    return { canvas, context: canvas.getContext("2d"), title: add(figure, "figcaption") };
  }
  // A control with a list of options [text, value]: a slider, or a list to choose from.
  function control(box, name, options, first, asList) {
    const row = add(box, "div", "", "row"), label = add(row, "label", say(name));
    const input = add(row, asList ? "select" : "input"), shown = add(row, "output");
    input.id = label.htmlFor = `slider-${name.replace(/\W+/g, "-")}`;
    const own = { input, shown, name };
    own.fill = (list, value) => {
      own.options = list;
      if (asList) input.replaceChildren(...list.map(([text], place) => new Option(say(text), place)));
      else Object.assign(input, { type: "range", min: 0, max: list.length - 1, step: 1 });
      input.value = Math.max(0, list.findIndex((option) => option[1] === value));
      own.show();
    };
    own.show = () => { shown.textContent = asList ? "" : say(String(own.options[input.value][0])); };
    Object.defineProperty(own, "value", { get: () => own.options[input.value][1] });
    own.fill(options, first);
    return own;
  }
  const numbered = (values) => values.map((value) => [value, value]);
  function range(from, to, step) {
    return Array.from({ length: Math.round((to - from) / step) + 1 }, (_, place) => +(from + place * step).toFixed(6));
  }
  function draw(target, width, height, colour) { // colour(place) returns [red, green, blue]
    [target.canvas.width, target.canvas.height] = [width, height];
    const image = target.context.createImageData(width, height);
    for (let place = 0; place < width * height; place++) image.data.set([...colour(place), 255], 4 * place);
    target.context.putImageData(image, 0, 0);
  }
  function copy(target, image, left = 0, top = 0, width = image.naturalWidth, height = image.naturalHeight) {
    [target.canvas.width, target.canvas.height] = [width, height];
    target.context.drawImage(image, left, top, width, height, 0, 0, width, height);
  }
  function frame(target, left, top, width, height, line) {
    Object.assign(target.context, { strokeStyle: "#E69F00", lineWidth: line });
    target.context.strokeRect(left, top, width, height);
  }
  // Three significant digits, as Python's format .3g writes them for numbers of usual size.
  const short = (value) => String(+value.toPrecision(3));

  // ---- lesson 02: feature maps ----
  async function maps(box, controls, index, folder) {
    const photo = await picture(index.picture), first = index.first;
    const shares = (share) => [...new Set([...range(0, 1, 0.02), share])].sort((one, other) => one - other)
      .map((each) => [each.toFixed(2), each]);
    const layer = control(controls, "layer", index.layers.map((each) => [each.name, each]),
      index.layers.find((each) => each.name === first.layer));
    const channel = control(controls, "channel", numbered(range(0, layer.value.channels - 1, 1)), first.channel);
    const down = control(controls, "place, down", shares(first.row), first.row);
    const across = control(controls, "place, across", shares(first.column), first.column);
    const [whole, map, seen] = [panel(box, "smooth"), panel(box), panel(box)];
    layer.changed = () => {
      const last = layer.value.channels - 1;
      channel.fill(numbered(range(0, last, 1)), Math.min(channel.value, last));
    };
    return [[layer, channel, down, across], async () => {
      const { name, width, height, size, stride, start } = layer.value, part = await load(folder, name);
      part.pixels = part.pixels || pixels(await picture(part.sheet));
      const number = channel.value, levels = part.pixels.data;
      const [row, column] = [[down, height], [across, width]].map(([share, side]) =>
        Math.min(Math.floor(share.value * side), side - 1));
      const level = (place) => levels[4 * (number * width * height + place)];
      const [top, left] = [row, column].map((place) => start + stride * place);
      copy(whole, photo);
      frame(whole, left, top, size, size, 3);
      whole.title.textContent = say("picture");
      const zoom = Math.max(1, Math.floor(600 / width));
      draw(map, width * zoom, height * zoom, (place) => {
        const at = Math.floor(Math.floor(place / (width * zoom)) / zoom) * width
          + Math.floor((place % (width * zoom)) / zoom);
        return index.colours.slice(3 * level(at), 3 * level(at) + 3);
      });
      frame(map, column * zoom, row * zoom, zoom, zoom, 2);
      const step = part.reach[number] / 255, digits = Math.max(0, -Math.floor(Math.log10(step)));
      map.title.textContent = `${name}, ${say("channel")} ${number}, ${say("value")} `
        + (level(row * width + column) * step).toFixed(Math.min(digits, 3));
      const [x, y] = [Math.max(left, 0), Math.max(top, 0)];
      copy(seen, photo, x, y, Math.min(left + size, photo.naturalWidth) - x, Math.min(top + size, photo.naturalHeight) - y);
      seen.title.textContent = `${say("receptive field")}, ${size} × ${size} ${say("pixels")}`;
    }];
  }

  // ---- lesson 04: Gram matrices ----
  async function grams(box, controls, index, folder) {
    const photos = await Promise.all(index.pictures.map(picture));
    const titles = index.titles.map((title, place) => [title, place]);
    const left = control(controls, "left", titles, 0, true), right = control(controls, "right", titles, 1, true);
    const layer = control(controls, "layer", index.layers.map((each) => [each.name, each]),
      index.layers.find((each) => each.name === index.first.layer));
    const form = control(controls, "values", numbered(["as they are", "correlation"]), "as they are", true);
    const order = control(controls, "channels", numbered(["as stored", "sorted"]), "as stored", true);
    const panels = [panel(box, "smooth"), panel(box), panel(box), panel(box, "smooth")];
    const caption = add(box.parentNode, "p", "", "caption");
    return [[left, right, layer, form, order], async () => {
      const { name, channels, distance, reach } = layer.value, part = await load(folder, name);
      const places = order.value === "sorted" ? part.orders[left.value] : range(0, channels - 1, 1);
      [[left.value, panels[1], panels[0]], [right.value, panels[2], panels[3]]].forEach(([which, matrix, beside]) => {
        copy(beside, photos[which]);
        const correlation = form.value === "correlation", raw = bytes((correlation ? part.correlations
          : part.matrices)[which]), numbers = correlation ? raw : new Uint16Array(raw.buffer);
        const scale = correlation ? 1 : part.top[which] / 65535 / reach[left.value][right.value] * 255;
        draw(matrix, channels, channels, (place) => {
          const at = places[Math.floor(place / channels)] * channels + places[place % channels];
          const level = Math.min(255, Math.round(numbers[at] * scale));
          return index.colours.slice(3 * level, 3 * level + 3);
        });
        matrix.title.textContent = index.titles[which];
      });
      caption.textContent = `${name}: ${say("distance")} = ${distance[left.value][right.value].toFixed(2)} · ‖${
        say("left matrix")}‖`;
    }];
  }

  // ---- lesson 05: style loss ----
  async function style(box, controls, index) {
    const { tiles, blur, contrast, brightness, layers, losses, first } = index;
    const all = [
      control(controls, "blur, pixels", numbered(blur), first.blur),
      control(controls, "brightness", numbered(brightness), first.brightness),
      control(controls, "contrast", numbered(contrast), first.contrast),
      control(controls, "tiles, pixels", tiles.map((side) => [side || "none", side]), first.tiles)];
    const changed = panel(box), bars = add(box, "div", "", "bars");
    const rows = layers.map((name) => {
      const row = add(bars, "div");
      add(row, "span", name);
      return { bar: add(add(row, "span"), "i"), number: add(row, "span") };
    });
    add(bars, "p", `${say("style loss, relative to the painting")}: 0.001 … 10, ${say("logarithmic scale")}`);
    const read = [];
    return [all, async () => {
      const [b, l, c, t] = all.map((each) => each.options.findIndex((option) => option[1] === each.value));
      const at = t * blur.length + b;
      read[at] = read[at] || pixels(await picture(index.pictures[at]));
      const source = read[at];
      draw(changed, source.width, source.height, (place) => [0, 1, 2].map((colour) =>
        (source.data[4 * place + colour] - 128) * contrast[c] + 128 + brightness[l]));
      changed.title.textContent = say("changed painting");
      rows.forEach(({ bar, number }, place) => {
        const loss = losses[((at * contrast.length + c) * brightness.length + l) * layers.length + place];
        bar.style.width = `${Math.min(100, Math.max(0, 25 * (Math.log10(Math.max(loss, 1e-3)) + 3)))}%`;
        number.textContent = short(loss);
      });
    }];
  }

  // ---- lesson 07: a run ----
  async function run(box, controls, index, folder) {
    const names = ["content", "style", "tv"], first = index.first;
    const step = control(controls, "step", numbered(index.steps), first.step);
    const weights = names.map((name, place) => control(controls, ["α, power of 10", "β, power of 10", "TV, power of 10"][
      place], numbered(index.powers[name]), first[name]));
    const shown = panel(box, "smooth wide"), curve = panel(box, "smooth wide");
    const caption = add(box.parentNode, "p", "", "caption");
    return [[step, ...weights], async () => {
      const part = await load(folder, weights.map((each) => each.input.value).join("-"));
      const place = index.steps.indexOf(step.value);
      copy(shown, await picture(part.pictures[place]));
      plot(curve, part.totals, step.value);
      curve.title.textContent = say("weighted loss");
      caption.textContent = `${say("step")} ${step.value}: ` + names.filter((name) => name in part.terms[place])
        .map((name) => `${say(name)} ${short(part.terms[place][name])}`).join(", ");
    }];
  }
  // The losses of a run on a logarithmic scale; the part up to the chosen step is drawn in full.
  function plot(target, totals, upTo) {
    const [width, height, edge] = [600, 400, 78], context = target.context;
    [target.canvas.width, target.canvas.height] = [width, height];
    const logs = totals.map(Math.log10), low = Math.min(...logs), high = Math.max(...logs, low + 0.1);
    const x = (number) => edge + (width - edge - 12) * (number - 1) / Math.max(1, totals.length - 1);
    const y = (log) => 14 + (height - 50) * (high - log) / (high - low);
    Object.assign(context, { fillStyle: "#fff" });
    context.fillRect(0, 0, width, height);
    Object.assign(context, { fillStyle: "#222", font: "24px sans-serif", textAlign: "right", textBaseline: "middle" });
    for (const log of [low, (low + high) / 2, high]) context.fillText(short(10 ** log), edge - 6, y(log));
    context.textAlign = "center";
    for (const number of [1, totals.length]) context.fillText(number, x(number) - (number > 1 ? 6 : 0), height - 16);
    context.fillText(say("step"), width / 2, height - 16);
    for (const [last, colour] of [[totals.length, "#bbbbbb"], [upTo, "#0072B2"]]) {
      Object.assign(context, { strokeStyle: colour, lineWidth: 3 });
      context.beginPath();
      logs.slice(0, last).forEach((log, place) => context.lineTo(x(place + 1), y(log)));
      context.stroke();
    }
  }

  // ---- start ----
  const KINDS = { maps, grams, style, run };
  async function start(place) {
    const folder = place.dataset.states, index = await load(folder, "index");
    const own = document.createElement("div"), hint = ["On this page the sliders work without running the cell."];
    if (index.kind === "run") hint.push("Every run is already computed: move “step” instead of pressing play.");
    add(own, "p", hint.map(say).join(chinese ? "" : " "), "hint");
    const controls = add(own, "div", "", "controls"), box = add(own, "div", "", "panels");
    const [all, redraw] = await KINDS[index.kind](box, controls, index, folder);
    let last = Promise.resolve(), asked = false;
    for (const each of all) {
      each.input.addEventListener("input", () => {
        if (each.changed) each.changed();
        all.forEach((other) => other.show());
        if (asked) return; // the drawing that waits will show the newest values
        asked = true;
        last = last.then(() => { asked = false; return redraw(); });
      });
    }
    await redraw();
    place.replaceChildren(own); // until now, and where anything fails, the page shows the still figure
  }
  for (const place of document.querySelectorAll(".course-slider")) start(place).catch((error) => console.error(error));
})();
