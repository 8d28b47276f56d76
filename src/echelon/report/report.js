(function () {
  "use strict";
  var root = document.documentElement;
  var data = JSON.parse(document.getElementById("data").textContent);
  var configurations = JSON.parse(document.getElementById("configurations").textContent);
  var dark = window.matchMedia("(prefers-color-scheme: dark)");

  // Elements are made of text nodes only, so that no name in the data can become markup.
  function make(tag, attributes, children) {
    var svg = ["svg", "path", "line", "circle", "text"].indexOf(tag) >= 0;
    var node = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
    Object.keys(attributes || {}).forEach(function (name) { node.setAttribute(name, attributes[name]); });
    [].concat(children === undefined ? [] : children).forEach(function (child) {
      if (child !== null) { node.append(child); }
    });
    return node;
  }

  function figure(value, digits) {
    if (value === null || value === undefined) { return "unknown"; }
    var size = Math.abs(value);
    if (size >= 1000 || value === Math.round(value)) { return Math.round(value).toLocaleString("en"); }
    if (size < 0.0005) { return value.toExponential(1); }
    var places = Math.max(0, (digits || 3) - 1 - Math.floor(Math.log10(size)));
    return value.toFixed(places).replace("-", "−");
  }

  function whole(value) { return value === null || value === undefined ? "unknown" : String(value); }

  function band(low, high, print) {
    return low === null || high === null ? "unknown" : print(low) + "–" + print(high);
  }

  function table(caption, heads, rows, numbers) {
    function kind(i) { return numbers.indexOf(i) >= 0 ? "number" : "text"; }
    var head = make("tr", {}, heads.map(function (text, i) { return make("th", { scope: "col", "class": kind(i) }, text); }));
    var body = rows.map(function (row) {
      return make("tr", {}, row.map(function (cell, i) {
        var extra = cell === "unknown" ? " unknown" : "";
        return i === 0 ? make("th", { scope: "row", "class": kind(i) }, cell) : make("td", { "class": kind(i) + extra }, cell);
      }));
    });
    var inside = make("table", {}, [make("caption", {}, caption), make("thead", {}, head), make("tbody", {}, body)]);
    return make("div", { "class": "scroll", tabindex: "0", role: "region", "aria-label": caption }, inside);
  }

  // Charts ---------------------------------------------------------------------------------------

  function mode() { return root.dataset.theme || (dark.matches ? "dark" : "light"); }

  // On a small screen a map shrinks: its title goes into the page and its legend grows.
  function tightened(chart, spec, factor) {
    spec.title = undefined;
    spec.config = JSON.parse(JSON.stringify(spec.config));
    spec.config.legend.labelFontSize *= factor;
    spec.config.legend.titleFontSize *= factor;
    (function walk(part) {
      Object.keys(part).forEach(function (name) {
        if (name === "legend" && part.legend && part.legend.columns) { part.legend.columns = Math.min(2, part.legend.columns); }
        if (part[name] && typeof part[name] === "object" && name !== "data" && name !== "datasets") { walk(part[name]); }
      });
    })(spec);
  }

  function draw(chart) {
    var place = chart.querySelector(".live");
    var spec = JSON.parse(chart.querySelector(".spec").textContent);
    spec.config = configurations[mode()];
    chart.dataset.mode = mode();
    var small = chart.classList.contains("is-map") && place.clientWidth < 520;
    chart.classList.toggle("tight", small);
    if (small) { tightened(chart, spec, Math.min(1.9, 720 / Math.max(1, place.clientWidth))); }
    window.vegaEmbed(place, spec, {
      mode: "vega-lite", renderer: "svg", ast: true, tooltip: { theme: mode() },
      actions: { "export": { svg: true, png: true }, source: false, compiled: false, editor: false },
      downloadFileName: chart.id
    }).catch(function () { chart.querySelector(".paper").style.display = "block"; place.style.display = "none"; });
  }

  var charts = Array.prototype.slice.call(document.querySelectorAll(".chart"));
  var near = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) {
      if (entry.isIntersecting && entry.target.dataset.mode !== mode()) { draw(entry.target); }
    });
  }, { rootMargin: "800px" });

  function watch() {
    charts.forEach(function (chart) { near.unobserve(chart); near.observe(chart); });
  }

  var button = document.getElementById("theme");

  function dress() {
    button.textContent = mode() === "dark" ? "Light page" : "Dark page";
    button.setAttribute("aria-pressed", String(mode() === "dark"));
    watch();
  }

  button.addEventListener("click", function () {
    root.dataset.theme = mode() === "dark" ? "light" : "dark";
    try { localStorage.setItem("echelon-theme", root.dataset.theme); } catch (error) { button.title = "Not kept"; }
    dress();
  });
  dark.addEventListener("change", dress);

  // Sorting --------------------------------------------------------------------------------------

  function key(cell) {
    if (!cell.hasAttribute("data-sort")) { return cell.textContent.trim().toLowerCase(); }
    var text = cell.getAttribute("data-sort");
    return text === "" ? null : isNaN(text) ? text.toLowerCase() : Number(text);
  }

  function sort(inside, place, up) {
    var body = inside.tBodies[0];
    var rows = Array.prototype.map.call(body.rows, function (row) { return [key(row.cells[place]), row]; });
    rows.sort(function (a, b) {
      if (a[0] === null || b[0] === null) { return (a[0] === null) - (b[0] === null); }
      var order = typeof a[0] === "number" && typeof b[0] === "number" ? a[0] - b[0] : String(a[0]).localeCompare(String(b[0]));
      return up ? order : -order;
    });
    rows.forEach(function (pair) { body.append(pair[1]); });
  }

  document.querySelectorAll("table.sortable").forEach(function (inside) {
    var heads = Array.prototype.slice.call(inside.tHead.rows[0].cells);
    heads.forEach(function (head, place) {
      // Not a button element: browsers leave those out where paper repeats the head of a table.
      var press = make("span", { role: "button", tabindex: "0" }, head.textContent);
      head.textContent = "";
      head.append(press);
      press.addEventListener("keydown", function (event) {
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); press.click(); }
      });
      press.addEventListener("click", function () {
        var up = head.getAttribute("aria-sort") !== "ascending";
        heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        sort(inside, place, up);
      });
    });
  });

  // A region -------------------------------------------------------------------------------------

  var names = {};
  data.regions.forEach(function (region) { names[region[0]] = region; });

  function rankChart(series, row, name) {
    var W = 340, H = 150, left = 30, right = 12, top = 10, bottom = 22, years = series.years;
    function x(i) { return left + (years.length < 2 ? 0.5 : i / (years.length - 1)) * (W - left - right); }
    function y(rank) { return top + (rank - 1) / Math.max(1, series.count - 1) * (H - top - bottom); }
    var parts = [1, Math.ceil(series.count / 2), series.count].map(function (rank) {
      return [make("line", { "class": "rule", x1: left, x2: W - right, y1: y(rank), y2: y(rank) }),
        make("text", { x: left - 6, y: y(rank) + 4, "text-anchor": "end" }, String(rank))];
    }).flat();
    var known = years.map(function (_year, i) { return i; }).filter(function (i) { return row[0][i] !== null; });
    var banded = known.filter(function (i) { return row[1][i] !== null && row[2][i] !== null; });
    if (banded.length > 1) {
      var there = banded.map(function (i) { return x(i) + " " + y(row[1][i]); });
      var back = banded.slice().reverse().map(function (i) { return x(i) + " " + y(row[2][i]); });
      parts.push(make("path", { "class": "area", d: "M" + there.concat(back).join("L") + "Z" }));
    }
    if (known.length) {
      parts.push(make("path", { "class": "line", d: "M" + known.map(function (i) { return x(i) + " " + y(row[0][i]); }).join("L") }));
      known.forEach(function (i) { parts.push(make("circle", { "class": "dot", cx: x(i), cy: y(row[0][i]), r: 3 })); });
    }
    [0, years.length - 1].filter(function (i, place, all) { return all.indexOf(i) === place; }).forEach(function (i) {
      parts.push(make("text", { x: x(i), y: H - 5, "text-anchor": i === 0 ? "start" : "end" }, String(years[i])));
    });
    return make("svg", { viewBox: "0 0 " + W + " " + H, role: "img", "aria-label": "Rank of " + name + " by year, 1 at the top, with its band" }, parts);
  }

  function rankCard(series, code) {
    var row = series.rows[code];
    var card = make("div", { "class": "card" }, make("h4", {}, series.title));
    if (!row) { card.append(make("p", {}, "unknown")); return card; }
    var last = series.years.length - 1;
    while (last > 0 && row[0][last] === null) { last -= 1; }
    card.append(make("p", { "class": "big" }, row[0][last] === null ? "rank unknown" : "Rank " + row[0][last] + " of " + series.count));
    card.append(make("p", { "class": "small" }, series.years[last] + "; band " + band(row[1][last], row[2][last], whole) +
      (row[3] ? "; figure " + figure(row[3][last]) + (series.unit ? " (" + series.unit + ")" : "") : "")));
    card.append(rankChart(series, row, names[code][1]));
    var lines = series.years.map(function (year, i) {
      return [String(year), whole(row[0][i]), band(row[1][i], row[2][i], whole)].concat(row[3] ? [figure(row[3][i])] : []);
    }).reverse();
    var heads = ["Year", "Rank", "Band, 5–95 %"].concat(row[3] ? ["Figure" + (series.unit ? " (" + series.unit + ")" : "")] : []);
    card.append(make("details", {}, [make("summary", {}, "Year by year"), table(series.title + " by year", heads, lines, [1, 2, 3])]));
    return card;
  }

  function subsystemCard(code) {
    var found = data.subsystems.rows && data.subsystems.rows[code];
    if (!found) { return null; }
    var bars = make("div", { "class": "bars" });
    found.forEach(function (pair, i) {
      var bar = make("div", { "class": "bar", "aria-hidden": "true" }, [
        make("i", { style: "width:" + 100 * (pair[0] || 0) + "%" }),
        data.subsystems.medians[i] === null ? null : make("b", { style: "left:" + 100 * data.subsystems.medians[i] + "%" })]);
      bars.append(make("span", {}, data.subsystems.names[i]), bar,
        make("span", {}, figure(pair[0]) + (pair[1] === null ? "" : ", rank " + pair[1])));
    });
    var words = data.subsystems.band[code];
    return make("div", { "class": "card" }, [make("h4", {}, "Subsystem indices, " + data.subsystems.year), bars,
      make("p", { "class": "small" }, "The dark mark is the median of the regions. Band: " + words[0] +
        (words[1] ? "; lagging: " + words[1] : "") + ".")]);
  }

  function obstacleCard(code) {
    var found = data.obstacles.rows && data.obstacles.rows[code];
    if (!found) { return null; }
    var most = found[0][2] || 1, bars = make("div", { "class": "bars" });
    found.forEach(function (row) {
      bars.append(make("span", {}, row[0]), make("div", { "class": "bar", "aria-hidden": "true" }, make("i", { style: "width:" + 100 * row[2] / most + "%" })),
        make("span", {}, figure(row[2]) + " %"));
    });
    return make("div", { "class": "card" }, [make("h4", {}, "Largest obstacles, " + data.obstacles.year), bars,
      make("p", { "class": "small" }, "Share of what keeps the region from the best values.")]);
  }

  function indicatorTable(code) {
    var found = data.indicators.rows && data.indicators.rows[code];
    if (!found || !found.length) { return null; }
    var rows = found.map(function (row) {
      var item = data.indicators.items[row[0]];
      return [item[0], item[2], figure(row[1]), item[1], String(row[2]) + (row[6] ? " *" : ""),
        row[4] === null ? "unknown" : row[4] + " of " + row[5], row[3], item[3]];
    });
    var missing = data.indicators.items.filter(function (_item, place) { return !found.some(function (row) { return row[0] === place; }); });
    missing.forEach(function (item) { rows.push([item[0], item[2], "unknown", item[1], "", "", "", item[3]]); });
    var notes = "The last known figure. Place 1 is the most favourable value among the regions known in that year; sources are listed under Sources and losses.";
    if (found.some(function (row) { return row[6]; })) { notes += " * The last year of the panel is not measured and was filled from the region’s own series."; }
    return make("div", {}, [table("Indicators of " + names[code][1], ["Indicator", "Subsystem", "Value", "Unit", "Year", "Place", "Evidence", "Source"], rows, [2, 4, 5]),
      make("p", { "class": "small" }, notes)]);
  }

  function profile(code) {
    var region = names[code];
    var cards = data.ranks.map(function (series) { return rankCard(series, code); });
    cards.push(subsystemCard(code), obstacleCard(code));
    var place = document.getElementById("profile");
    place.textContent = "";
    place.append(make("h3", {}, region[1]), make("p", { "class": "small" }, code + (region[2] ? ", " + region[2] : "")),
      make("div", { "class": "brief" }, (data.briefs[code] || []).map(function (part) {
        var text = Array.isArray(part[1])
          ? make("ol", {}, part[1].map(function (line) { return make("li", {}, line); })) : make("p", {}, part[1]);
        return [make("h4", {}, part[0]), text];
      }).flat()),
      make("div", { "class": "cards" }, cards));
    var rows = indicatorTable(code);
    if (rows) { place.append(rows); }
    if (data.trees.length) { place.append(make("p", {}, make("a", { href: "#tree" }, "The inputs behind these numbers"))); }
  }

  // The tree behind a number ----------------------------------------------------------------------

  function branch(tree, found, parent) {
    var children = found.filter(function (row) { return tree.items[row[0]][1] === parent; });
    return children.length ? make("ul", parent === null ? { "class": "tree" } : {}, children.map(function (row) {
      var item = tree.items[row[0]];
      var text = ": " + figure(row[1], 4) + (item[3] ? " " + item[3] : "") + (row[2] === null ? "" : "; weight " + figure(row[2]));
      var detail = row[3] + item[4];
      return make("li", {}, [make("b", {}, item[2]), text, detail ? make("span", { "class": "detail" }, detail) : null, branch(tree, found, item[0])]);
    })) : null;
  }

  var pick = document.getElementById("pick"), treePick = document.getElementById("tree-pick"), treeVerb = document.getElementById("tree-verb");
  data.trees.forEach(function (tree, i) { treeVerb.append(make("option", { value: String(i) }, tree.title)); });

  function showTree() {
    var place = document.getElementById("tree-place"), tree = data.trees[Number(treeVerb.value || 0)];
    place.textContent = "";
    var found = tree && tree.rows[treePick.value];
    if (!found) { place.append(make("p", {}, "No result has a tree of inputs for this region.")); return; }
    place.append(make("h4", {}, tree.title + ", " + names[treePick.value][1] + ", " + tree.year), branch(tree, found, null));
  }

  function choose(code) {
    pick.value = code;
    treePick.value = code;
    profile(code);
    showTree();
  }

  function fromHash() {
    var found = /^#region=(.+)$/.exec(location.hash), code = null;
    try { code = found && decodeURIComponent(found[1]); } catch (error) { code = null; }
    if (code === null || !names[code]) { return false; }
    choose(code);
    document.getElementById("region").scrollIntoView();
    return true;
  }

  pick.addEventListener("change", function () {
    history.replaceState(null, "", "#region=" + encodeURIComponent(pick.value));
    choose(pick.value);
  });
  treePick.addEventListener("change", function () { choose(treePick.value); });
  treeVerb.addEventListener("change", showTree);
  window.addEventListener("hashchange", fromHash);

  // Contents and paper ---------------------------------------------------------------------------

  var links = Array.prototype.slice.call(document.querySelectorAll(".contents a"));
  var seen = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) {
      if (!entry.isIntersecting) { return; }
      links.forEach(function (link) {
        if (link.getAttribute("href") === "#" + entry.target.id) { link.setAttribute("aria-current", "true"); } else { link.removeAttribute("aria-current"); }
      });
    });
  }, { rootMargin: "-20% 0px -75% 0px" });
  document.querySelectorAll("main > section").forEach(function (section) { seen.observe(section); });

  var closed = [];
  window.addEventListener("beforeprint", function () {
    closed = Array.prototype.filter.call(document.querySelectorAll("main details"), function (fold) { return !fold.open; });
    closed.forEach(function (fold) { fold.open = true; });
  });
  window.addEventListener("afterprint", function () { closed.forEach(function (fold) { fold.open = false; }); });
  if (window.innerWidth < 1200) { document.querySelector(".contents details").open = false; }

  dress();
  if (!fromHash() && data.regions.length) { choose(data.regions[0][0]); }
})();
