// The citation in another style or in BibTeX, in place of the one that is shown; without script the
// links lead to it.
for (const styles of document.querySelectorAll("[data-styles]")) {
  const shown = document.getElementById(styles.dataset.styles);
  let latest;
  styles.addEventListener("click", async (event) => {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    latest = link;
    try {
      const answer = await fetch(link.href);
      if (!answer.ok) throw new Error(answer.statusText);
      const text = (await answer.text()).trim();
      if (link !== latest) return;
      shown.textContent = text;
      for (const each of styles.querySelectorAll("a")) each.removeAttribute("aria-current");
      link.setAttribute("aria-current", "true");
    } catch {
      location.assign(link.href);
    }
  });
}
