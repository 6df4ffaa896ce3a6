"use strict";
(() => {
  const form = document.querySelector("[data-controls]");
  if (!form) return;
  const list = document.querySelector("[data-items]");
  const status = document.querySelector("[data-status]");
  const items = [...list.children];
  const collator = new Intl.Collator("en", { sensitivity: "base", numeric: true });
  const byName = (a, b) => collator.compare(a.dataset.name, b.dataset.name);
  const orders = {
    name: byName,
    calls: (a, b) => b.dataset.calls - a.dataset.calls || byName(a, b),
    hub: (a, b) => collator.compare(a.dataset.hub, b.dataset.hub) || byName(a, b),
  };
  const field = (name) => form.elements.namedItem(name);
  const inOrderOfPage = new Map(items.map((item, place) => [item, place]));

  const filter = () => {
    const words = field("text").value.toLowerCase().split(/\s+/).filter(Boolean);
    const hub = field("hub").value;
    const pin = field("pin").value;
    let shown = 0;
    for (const item of items) {
      const { name, hub: itsHub, pin: itsPin } = item.dataset;
      const fits = words.every((word) => name.includes(word)) && (!hub || hub === itsHub) && (!pin || pin === itsPin);
      item.hidden = !fits;
      shown += fits;
    }
    const all = `${items.length.toLocaleString("en")} model${items.length === 1 ? "" : "s"}`;
    status.textContent = shown === items.length ? all : `${shown.toLocaleString("en")} of ${all}`;
  };
  const sort = () => {
    const wanted = field("order").value;
    const order = wanted === "name" ? (a, b) => inOrderOfPage.get(a) - inOrderOfPage.get(b) : orders[wanted];
    list.append(...items.sort(order));
  };
  const unfold = field("unfold");
  unfold.addEventListener("click", () => {
    const open = unfold.getAttribute("aria-pressed") !== "true";
    for (const item of items) if (!item.hidden) item.querySelector("details").open = open;
    unfold.setAttribute("aria-pressed", String(open));
    unfold.textContent = open ? "Fold all" : "Unfold all";
  });
  for (const event of ["input", "change"]) form.addEventListener(event, filter);
  field("order").addEventListener("change", sort);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  // A browser that goes back may have kept what the fields held.
  filter();
  sort();
})();
