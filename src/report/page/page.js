'use strict';
// The report can be read without this script. It adds: a theme switch, contents that follow, values
// under the pointer or the arrow keys, series that hide, saved figures, tables that sort and filter.
// It asks no server for anything and stores nothing. page.c names its hash in the page's policy, so
// it is the one script that may run; text from data is only ever put as textContent.
(() => {
  const root = document.documentElement;
  root.classList.add('js');
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  // ---- Theme: what the system prefers, until the button says otherwise.
  const darkSystem = matchMedia('(prefers-color-scheme: dark)');
  const isDark = () => root.dataset.theme ? root.dataset.theme === 'dark' : darkSystem.matches;
  const theme = make('button', {type: 'button', className: 'theme', onclick() {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    nameTheme();
  }});
  const nameTheme = () => { theme.textContent = isDark() ? 'Light page' : 'Dark page'; };
  darkSystem.addEventListener('change', nameTheme);
  nameTheme();
  document.querySelector('.top').append(theme);

  // ---- Contents: folded where they would cover the text; the part that is read is marked.
  const contents = document.querySelector('.contents details');
  const beside = matchMedia('(min-width: 1080px)');
  const fold = () => { contents.open = beside.matches; };
  beside.addEventListener('change', fold);
  fold();
  contents.addEventListener('click', event => {
    if (event.target.closest('a') && !beside.matches)
      contents.open = false;
    if (event.target.closest('summary') && beside.matches)
      event.preventDefault();
  });
  const entries = new Map(all('a', contents).map(a => [a.hash.slice(1), a]));
  const headings = all('main [id]').filter(h => entries.has(h.id));
  // Only the list moves: scrollIntoView would take the page along, away from its first screen.
  const bring = a => {
    const list = contents.parentNode, box = list.getBoundingClientRect();
    const {top, bottom} = a.getBoundingClientRect();
    if (list.scrollHeight > list.clientHeight)
      list.scrollTop += Math.min(top - box.top, 0) + Math.max(bottom - box.bottom, 0);
  };
  const mark = () => {
    let at = headings[0];
    for (const heading of headings)
      if (heading.checkVisibility() && heading.getBoundingClientRect().top < innerHeight / 3)
        at = heading;
    for (const [id, a] of entries) {
      if (id !== at?.id)
        a.removeAttribute('aria-current');
      else if (!a.hasAttribute('aria-current')) {
        a.setAttribute('aria-current', 'location');
        if (beside.matches)
          bring(a);
      }
    }
  };
  let waiting = 0;
  addEventListener('scroll', () => {
    waiting ||= requestAnimationFrame(() => { waiting = 0; mark(); });
  }, {passive: true});

  // ---- Folded parts open for who goes to something inside.
  const unfold = hash => {
    const target = hash.length > 1 && document.getElementById(decodeURIComponent(hash.slice(1)));
    for (let at = target; at; at = at.parentElement.closest('details'))
      if (at.tagName === 'DETAILS')
        at.open = true;
    target?.scrollIntoView?.();
  };
  addEventListener('hashchange', () => unfold(location.hash));
  addEventListener('click', event => {
    const link = event.target.closest?.('a[href^="#"]');
    if (link && link.hash === location.hash) // no change of the address, so no event
      unfold(link.hash);
  });
  unfold(location.hash);

  // ---- Values of marks: under the pointer, or nearest to it; with arrow keys from mark to mark.
  const tip = make('div', {className: 'tip', hidden: true});
  tip.setAttribute('role', 'tooltip');
  const spoken = make('div', {className: 'unseen'});
  spoken.setAttribute('role', 'status');
  spoken.setAttribute('aria-live', 'polite');
  document.body.append(tip, spoken);
  let here = null;
  const leave = () => {
    here?.classList.remove('here');
    here = null;
    tip.hidden = true;
  };
  const show = (element, aloud) => {
    if (element === here)
      return;
    leave();
    here = element;
    here.classList.add('here');
    tip.textContent = here.dataset.tip;
    tip.style.left = 0; // measured where nothing cramps it
    tip.hidden = false;
    const place = here.getBoundingClientRect(), size = tip.getBoundingClientRect();
    const x = place.x + place.width / 2 - size.width / 2;
    const y = place.y - size.height - 8;
    tip.style.left = Math.max(6, Math.min(x, root.clientWidth - size.width - 6)) + 'px';
    tip.style.top = (y > 4 ? y : place.bottom + 8) + 'px';
    if (aloud)
      spoken.textContent = here.dataset.tip;
  };
  const marksOf = (from) => all('.mark[data-tip]', from).filter(m => !m.closest('.off'));
  const nearest = (plot, event) => {
    let best = null, distance = 22;
    for (const m of marksOf(plot)) {
      const box = m.getBoundingClientRect();
      const d = Math.hypot(box.x + box.width / 2 - event.clientX,
                           box.y + box.height / 2 - event.clientY);
      if (d < distance)
        [best, distance] = [m, d];
    }
    return best;
  };
  const point = event => {
    const plot = event.target.closest?.('.plot');
    const element = plot && (event.target.closest('.mark[data-tip]') || nearest(plot, event));
    if (element)
      show(element, false);
    else if (here && here !== document.activeElement)
      leave();
  };
  let pointed = 0;
  const pointSoon = event => {
    if (event.target.closest?.('.plot') || here)
      pointed ||= requestAnimationFrame(() => { pointed = 0; point(event); });
  };
  addEventListener('pointermove', pointSoon, {passive: true});
  addEventListener('pointerdown', pointSoon, {passive: true});
  addEventListener('scroll', leave, {passive: true, capture: true});
  // The mark that an arrow key leads to: along its series, or to the same place in the next one.
  const next = (plot, key) => {
    const marks = marksOf(plot);
    const at = marks.indexOf(document.activeElement);
    if (at < 0 || key === 'Home')
      return marks[0];
    if (key === 'End')
      return marks[marks.length - 1];
    if (key === 'ArrowLeft' || key === 'ArrowRight')
      return marks[at + (key === 'ArrowRight' ? 1 : -1)];
    const series = [...new Set(marks.map(m => m.closest('.series')))];
    const mine = marks[at].closest('.series');
    const other = series[series.indexOf(mine) + (key === 'ArrowDown' ? 1 : -1)];
    const place = marksOf(mine).indexOf(marks[at]);
    return other && (marksOf(other)[place] || marksOf(other).pop());
  };
  addEventListener('keydown', event => {
    if (event.key === 'Escape') {
      document.activeElement.closest('.noted')?.querySelector('button').blur();
      const plot = here?.closest('.plot');
      if (plot?.contains(document.activeElement))
        plot.focus();
      leave();
      return;
    }
    const plot = event.target.closest?.('.plot');
    if (!plot || !/^(Arrow|Home$|End$)/.test(event.key) || event.altKey || event.ctrlKey)
      return;
    event.preventDefault();
    const to = next(plot, event.key);
    if (!to)
      return;
    to.focus({preventScroll: true});
    to.scrollIntoView({block: 'nearest'});
    leave();
    show(to, true);
  });
  addEventListener('focusout', leave);
  for (const plot of all('.plot'))
    if (plot.querySelector('.mark[data-tip]')) {
      plot.setAttribute('tabindex', '0');
      plot.setAttribute('role', 'group');
      plot.setAttribute('aria-roledescription', 'chart; arrow keys move between its values');
    }

  // ---- Legends: a click hides or shows a series, a double click leaves only this one.
  const togglesOf = figure => all('.legend .toggle', figure);
  const setSeries = (figure, button, on) => {
    button.setAttribute('aria-pressed', on);
    for (const series of all('.plot .series', figure))
      if (series.dataset.series === button.dataset.series)
        series.classList.toggle('off', !on);
  };
  const isOn = button => button.getAttribute('aria-pressed') === 'true';
  const onlyThis = (figure, button) => {
    const alone = isOn(button) && togglesOf(figure).every(b => b === button || !isOn(b));
    for (const other of togglesOf(figure))
      setSeries(figure, other, alone || other === button);
  };
  addEventListener('click', event => {
    const button = event.target.closest?.('.legend .toggle');
    const figure = button?.closest('figure');
    if (figure && event.shiftKey)
      onlyThis(figure, button);
    else if (figure)
      setSeries(figure, button, !isOn(button));
  });
  addEventListener('dblclick', event => {
    const button = event.target.closest?.('.legend .toggle');
    if (button && !event.shiftKey)
      onlyThis(button.closest('figure'), button);
  });
  for (const button of all('.legend .toggle'))
    button.title = 'Hide or show; double click or Shift: only this one';

  // ---- Figures saved from the page alone, light, as they are drawn now.
  const SVG = 'http://www.w3.org/2000/svg';
  const vector = (tag, attributes, ...children) => {
    const element = document.createElementNS(SVG, tag);
    for (const name in attributes)
      element.setAttribute(name, attributes[name]);
    element.append(...children);
    return element;
  };
  // Entries of the legend in rows below the drawing; its end.
  const putLegend = (figure, copy, width, top) => {
    let x = 8, y = top + 8;
    const items = all('.legend li', figure);
    for (const item of items) {
      const swatch = item.querySelector('svg'), text = item.textContent.trim();
      if (!swatch || item.querySelector('[aria-pressed=false]'))
        continue;
      const room = 60 + 7.6 * text.length;
      if (x > 8 && x + room > width)
        [x, y] = [8, y + 20];
      const drawn = swatch.cloneNode(true);
      for (const [name, value] of Object.entries({x, y, width: 36, height: 12}))
        drawn.setAttribute(name, value);
      copy.append(drawn, vector('text', {x: x + 42, y: y + 10.5}, text));
      x += room;
    }
    return items.length ? y + 20 : top;
  };
  const drawing = figure => {
    const copy = figure.querySelector('.plot').cloneNode(true);
    const [, , width, height] = copy.getAttribute('viewBox').split(/[ ,]+/).map(Number);
    const end = copy.querySelector('.name') ? height : putLegend(figure, copy, width, height);
    copy.setAttribute('viewBox', `0 0 ${width} ${end}`);
    copy.setAttribute('width', width);
    copy.setAttribute('height', end);
    copy.querySelector('desc')?.after(
      vector('style', {}, document.getElementById('figure-style').textContent + '.off{display:none}'),
      vector('rect', {width, height: end, fill: 'var(--ground)'}));
    return {text: new XMLSerializer().serializeToString(copy), width, height: end};
  };
  const save = (blob, name) => {
    const link = make('a', {href: URL.createObjectURL(blob), download: name});
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  };
  const picture = async figure => {
    const {text, width, height} = drawing(figure);
    const image = new Image(width, height);
    const url = URL.createObjectURL(new Blob([text], {type: 'image/svg+xml'}));
    image.src = url;
    await image.decode();
    const canvas = make('canvas', {width: 3 * width, height: 3 * height});
    canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(url);
    return new Promise(done => canvas.toBlob(done, 'image/png'));
  };
  // A page from disk may lack the clipboard's own interface.
  const copyOf = (name, text) => make('button', {type: 'button', className: 'copy',
    textContent: name, async onclick() {
      try {
        await navigator.clipboard.writeText(text());
      } catch {
        const area = make('textarea', {value: text()});
        document.body.append(area);
        area.select();
        document.execCommand('copy');
        area.remove();
        this.focus();
      }
      spoken.textContent = this.textContent = 'Copied';
      setTimeout(() => { this.textContent = name; }, 1500);
    }});
  const makers = {
    CSV: figure => new Blob([figure.querySelector('.data pre').textContent], {type: 'text/csv'}),
    SVG: figure => new Blob([drawing(figure).text], {type: 'image/svg+xml'}),
    PNG: picture,
  };
  for (const figure of all('figure[data-name]')) {
    const row = make('span', {className: 'save'}, 'Save from this page:');
    for (const kind in makers)
      row.append(make('button', {type: 'button', textContent: kind, async onclick() {
        save(await makers[kind](figure), `${figure.dataset.name}.${kind.toLowerCase()}`);
      }}));
    const files = figure.querySelector('.files');
    files.append(row);
    files.querySelector('.id').append(copyOf('Copy name', () => figure.dataset.name),
      copyOf('Copy caption', () => figure.querySelector('figcaption').textContent.trim()));
  }

  // ---- Tables: sorted by a click on a head, back to the first order by the third.
  const keyOf = cell => cell?.dataset.value ?? cell?.textContent.trim() ?? '';
  const numberIn = text => {
    const found = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?/i.exec(text.replace(/\u2212/g, '-'));
    return found ? Number(found[0]) : NaN;
  };
  const isEmpty = text => /^(\u2013|nan|)$/i.test(text);
  const sort = (table, column, direction) => {
    const body = table.tBodies[0];
    const rows = all('tr', body).map(row => ({row, text: keyOf(row.cells[column])}));
    const numeric = rows.every(r => isEmpty(r.text) || !isNaN(numberIn(r.text)));
    const compare = (a, b) => {
      if (!direction)
        return a.row.place - b.row.place;
      if (isEmpty(a.text) || isEmpty(b.text)) // what has no value comes last, either way
        return isEmpty(a.text) - isEmpty(b.text);
      return direction * (numeric ? numberIn(a.text) - numberIn(b.text)
                                  : a.text.localeCompare(b.text, 'en', {numeric: true}));
    };
    rows.forEach(({row}, i) => { row.place ??= i; });
    body.append(...rows.sort(compare).map(r => r.row));
  };
  const filterFor = table => {
    const rows = all('tbody tr', table), count = make('output');
    const input = make('input', {type: 'search', oninput() {
      const words = input.value.toLowerCase().split(/\s+/);
      let shown = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every(word => text.includes(word));
        shown += !row.hidden;
      }
      count.textContent = `${shown} of ${rows.length} rows`;
    }});
    count.textContent = `${rows.length} rows`;
    return make('label', {className: 'filter'}, 'Filter', input, count);
  };
  const prepare = table => {
    const rows = table.tBodies[0].rows.length;
    if (table.tHead?.rows.length !== 1 || rows < 2 || table.matches('.said'))
      return;
    for (const head of table.tHead.rows[0].cells) {
      head.replaceChildren(make('button', {type: 'button', className: 'sort', onclick() {
        const was = head.getAttribute('aria-sort');
        for (const other of head.parentNode.cells)
          other.removeAttribute('aria-sort');
        const now = {ascending: 'descending', descending: ''}[was] ?? 'ascending';
        if (now)
          head.setAttribute('aria-sort', now);
        sort(table, head.cellIndex, {ascending: 1, descending: -1}[now] || 0);
      }}, ...head.childNodes));
    }
    if (rows > 12) {
      const box = table.closest('.scroll') || table;
      box.classList.add('long');
      box.classList.toggle('lazy', rows > 60);
      box.before(filterFor(table));
    }
  };
  // Folded tables are prepared when they open: a large study has many.
  for (const table of all('main table')) {
    const folded = table.closest('details:not([open])');
    if (folded)
      folded.addEventListener('toggle', () => prepare(table), {once: true});
    else
      prepare(table);
  }

  // ---- Paper shows what is folded, but not tables of hundreds of rows nor the figures' numbers.
  let opened = [];
  addEventListener('beforeprint', () => {
    leave();
    opened = all('main details:not([open]):not(.data)')
      .filter(d => d.querySelectorAll('tr').length <= 200);
    for (const details of opened)
      details.open = true;
  });
  addEventListener('afterprint', () => {
    for (const details of opened)
      details.open = false;
  });
  requestAnimationFrame(mark);
})();
