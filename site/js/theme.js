// Sets the saved theme before the first paint, so that no other one flashes. That is why this is a
// classic script: modules run later.
try {
  document.documentElement.dataset.theme = localStorage.getItem('forever-us:1:theme') ?? 'auto';
} catch {
  // Storage is blocked, so the system's theme applies.
}
