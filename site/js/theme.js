// Runs before the first paint, so that a saved theme never flashes. The rest of the page is modules.
try {
  document.documentElement.dataset.theme = localStorage.getItem('forever-us:1:theme') ?? 'auto';
} catch {
  // Storage is blocked: the system's theme applies.
}
