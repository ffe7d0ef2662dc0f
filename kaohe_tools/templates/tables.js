/* Tables that can be searched and sorted. Without this script, and on paper, the pages are complete as they are. */
(() => {
  const LEAST = 8; // rows; shorter tables are seen at a glance
  const order = new Intl.Collator("zh-Hans-CN", { numeric: true });
  const text = (cell) => (cell ? cell.textContent.trim() : "");
  const number = (value) => (/^[+-]?\d+(\.\d+)?%?$/.test(value) ? parseFloat(value) : NaN);
  const missing = (value) => value === "" || value === "—";
  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);

  function compare(a, b, down) {
    if (missing(a) || missing(b)) return missing(a) - missing(b); // what is missing stays last, both ways
    const x = number(a), y = number(b);
    return (isNaN(x) || isNaN(y) ? order.compare(a, b) : x - y) * (down ? -1 : 1);
  }

  function sortable(head, column, body, written, heads) {
    const button = make("button", { type: "button", className: "sort", title: "按此列排序；再按换方向，第三次恢复原样" });
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const now = head.getAttribute("aria-sort");
      const next = now === "ascending" ? "descending" : now ? null : "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      if (next) head.setAttribute("aria-sort", next);
      const at = (row) => text(row.cells[column]);
      const rows = next ? [...written].sort((a, b) => compare(at(a), at(b), next === "descending")) : written;
      body.append(...rows);
    });
  }

  function searchable(table, rows) {
    const name = table.caption ? text(table.caption) : "本表";
    const field = make("input", { type: "search", placeholder: "查找", autocomplete: "off" });
    field.setAttribute("aria-label", "在“" + name + "”中查找，几个词用空格隔开");
    const hint = "点列名可以排序";
    const told = make("span", { textContent: hint });
    told.setAttribute("role", "status");
    field.addEventListener("input", () => {
      const words = field.value.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);
      const fits = (row) => words.every((word) => row.textContent.normalize("NFKC").toLowerCase().includes(word));
      rows.forEach((row) => { row.hidden = !fits(row); });
      told.textContent = words.length ? rows.filter((row) => !row.hidden).length + " / " + rows.length + " 行" : hint;
    });
    const tools = make("p", { className: "find" });
    tools.append(field, told);
    (table.closest(".table") || table).before(tools);
  }

  document.querySelectorAll("main .table > table").forEach((table) => {
    const body = table.tBodies[0], rows = body ? [...body.rows] : [];
    if (rows.length < LEAST || !table.tHead) return;
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => sortable(head, column, body, rows, heads));
    searchable(table, rows);
  });
})();
