// Functions that run inside a page of a browser, hence not in TypeScript: the DOM's types would be known everywhere.
// Each stands for itself, since its text is what is sent to the browser.

/** The least contrast of text with what is behind it (WCAG 2.2, 1.4.3), over all texts of the page. */
export function leastContrast() {
  const channels = colour => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = colour => {
    const [r, g, b] = channels(colour).map(value => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const groundOf = element => {
    for (let at = element; at !== null; at = at.parentElement) {
      const { backgroundColor } = getComputedStyle(at);
      if ((channels(backgroundColor)[3] ?? 1) > 0) return backgroundColor;
    }
    return 'rgb(255, 255, 255)';
  };
  let least = { ratio: Number.POSITIVE_INFINITY, text: '' };
  const texts = 'h1, h2, dt, dd, td, th, li, small, caption, figcaption, footer, .badge, .kind';
  for (const element of document.querySelectorAll(texts)) {
    if (element.textContent.trim() === '') continue;
    const [a, b] = [luminance(getComputedStyle(element).color), luminance(groundOf(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < least.ratio) least = { ratio, text: element.outerHTML.slice(0, 80) };
  }
  return least;
}

/** The colour behind everything, as `rgb(…)`. */
export function ground() {
  return getComputedStyle(document.body).backgroundColor;
}

/** How wide the page is, in pixels. */
export function pageWidth() {
  return document.documentElement.scrollWidth;
}

/** What the pictures are called for who cannot see them. */
export function pictureTitles() {
  return [...document.querySelectorAll('svg[role=img]')].map(
    picture => picture.querySelector('title').textContent,
  );
}

/** Areas of what is drawn with a title, by the title up to its colon. */
export function areas() {
  const drawn = [...document.querySelectorAll('svg g')].flatMap(group => {
    const title = group.querySelector(':scope > title');
    const box = group.querySelector(':scope > rect')?.getBoundingClientRect();
    return title === null || box === undefined
      ? []
      : [[title.textContent.split(':')[0], box.width * box.height]];
  });
  return Object.fromEntries(drawn);
}

/** Widths of the bars of the timeline, from above. */
export function barWidths() {
  return [...document.querySelectorAll('rect.phase, rect.wave')].map(
    bar => bar.getBoundingClientRect().width,
  );
}

/** Scripts, pictures and frames that the page has. */
export function activeParts() {
  return document.querySelectorAll('script, img, iframe, object, embed, link[rel=stylesheet], form').length;
}
