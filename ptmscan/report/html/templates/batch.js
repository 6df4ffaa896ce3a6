"use strict";
(() => {
  const PAGE = 50;
  const MANY = 200;
  const HUGGING_FACE = "https://huggingface.co/";
  const number = (value) => value.toLocaleString("en");
  const element = (tag, text, attributes = {}) => {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  };

  // Read when somebody first asks: the page is there before.
  let read;
  const data = () => {
    if (!read) {
      read = JSON.parse(document.getElementById("data").textContent);
      read.users = null;
    }
    return read;
  };
  const usersOf = (model) => {
    const all = data();
    if (!all.users) {
      all.users = all.models.map(() => []);
      all.repositories.forEach((repository, place) => repository[4].forEach((index) => all.users[index].push(place)));
    }
    return all.users[model].map((place) => all.repositories[place][0]);
  };
  const linkOf = (model) => {
    const [title, , , , link] = data().models[model];
    return link === 1 ? HUGGING_FACE + title : link || null;
  };

  const kinds = {
    "models-list": {
      nouns: ["model", "models"],
      order: { column: 2, down: true },
      rows: () => data().models.map((row, place) => ({ place, cells: [row[0], data().hubs[row[1]], row[2], row[3]] })),
      inside: (place) => ({ note: data().hubs[data().models[place][1]], link: linkOf(place), names: usersOf(place), none: "no repository is named" }),
    },
    "repositories-list": {
      nouns: ["repository", "repositories"],
      order: { column: 1, down: true },
      rows: () => data().repositories.map((row, place) => ({ place, cells: [row[0], row[4].length, row[1], row[2], row[3]] })),
      inside: (place) => ({
        names: data().repositories[place][4].map((index) => data().models[index][0]),
        none: "no model is named",
      }),
    },
  };

  const collator = new Intl.Collator("en", { numeric: true });
  const compare = (a, b) => (typeof a === "number" ? a - b : collator.compare(a, b));

  const unfolded = (details, inside) => {
    if (details.querySelector("ul")) return;
    const { note, link, names, none } = inside();
    if (note) {
      const line = element("p", note);
      if (link) line.append(": ", element("a", link, { href: link, rel: "noreferrer noopener external" }));
      details.append(line);
    }
    const list = element("ul");
    for (const name of names.slice(0, MANY)) list.append(element("li", name));
    if (names.length > MANY) list.append(element("li", `${number(names.length - MANY)} more`, { class: "muted" }));
    if (!names.length) list.append(element("li", none, { class: "muted" }));
    details.append(list);
  };

  const start = (section) => {
    const kind = kinds[section.dataset.list];
    const form = section.querySelector("[data-controls]");
    const status = section.querySelector("[data-status]");
    const body = section.querySelector("tbody");
    const heads = [...section.querySelectorAll("thead th")];
    const [back, on] = [form.elements.namedItem("back"), form.elements.namedItem("on")];
    const text = form.elements.namedItem("text");
    let rows;
    let found;
    let first = 0;
    let order = kind.order;

    const rowOf = ({ place, cells }) => {
      const line = element("tr");
      const name = element("th", undefined, { scope: "row" });
      const details = element("details");
      details.append(element("summary", cells[0]));
      details.addEventListener("toggle", () => unfolded(details, () => kind.inside(place)));
      name.append(details);
      line.append(name);
      for (const cell of cells.slice(1)) {
        const isNumber = typeof cell === "number";
        line.append(element("td", isNumber ? number(cell) : cell, isNumber ? { class: "numeric" } : {}));
      }
      return line;
    };
    const say = (total) => {
      const noun = kind.nouns[total === 1 ? 0 : 1];
      const last = Math.min(first + PAGE, found.length);
      const range = found.length > PAGE ? `${number(first + 1)} to ${number(last)} of ` : "";
      const among = found.length < total ? ` found among ${number(total)}` : "";
      status.textContent = `${range}${number(found.length)} ${among ? kind.nouns[found.length === 1 ? 0 : 1] : noun}${among}`;
      back.disabled = first === 0;
      on.disabled = last >= found.length;
    };
    const show = () => {
      body.replaceChildren(...found.slice(first, first + PAGE).map(rowOf));
      say(rows.length);
    };
    const ask = () => {
      rows ??= kind.rows();
      const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
      found = words.length ? rows.filter(({ cells }) => words.every((word) => cells[0].toLowerCase().includes(word))) : [...rows];
      const turn = order.down ? -1 : 1;
      found.sort((a, b) => turn * compare(a.cells[order.column], b.cells[order.column]) || compare(a.cells[0], b.cells[0]));
      first = 0;
      show();
    };
    const mark = () => {
      heads.forEach((head, column) => {
        if (column === order.column) head.setAttribute("aria-sort", order.down ? "descending" : "ascending");
        else head.removeAttribute("aria-sort");
      });
    };
    heads.forEach((head, column) => {
      const button = element("button", head.textContent.trim(), { type: "button", class: "sort" });
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const same = order.column === column;
        order = { column, down: same ? !order.down : head.classList.contains("numeric") };
        mark();
        ask();
      });
    });
    const turnTo = (place) => {
      if (!found) ask();
      first = place();
      show();
    };
    back.addEventListener("click", () => turnTo(() => Math.max(first - PAGE, 0)));
    on.addEventListener("click", () => turnTo(() => first + PAGE));
    text.addEventListener("input", ask);
    form.addEventListener("submit", (event) => event.preventDefault());
    back.disabled = true;
    on.disabled = status.textContent.indexOf("The first") !== 0;
    form.hidden = false;
    mark();
    // A browser that goes back may have kept what the field held.
    if (text.value) ask();
  };
  document.querySelectorAll("[data-list]").forEach(start);
})();
