/**
 * Runs in the page before its own scripts. From the moment the static page is complete, each element that is added,
 * however briefly, is held against what the page's own code makes; inside a message, its attributes too.
 */
(() => {
  const ALLOWED = new Set(`a article blockquote br button code dd del details div dt em figcaption figure h2 h3 h4 h5 h6 hr i li ol p pre
    span strong summary svg table tbody td th thead tr ul use`.split(/\s+/));
  const WORDS = /^(?:language-[\w+#.-]+|code|code-head|icon|icon-button|table|link-host|as-written|thinking)$/;
  const TEXT = {
    'href': (value, element) => element.matches('use') ? /^#i-/.test(value) : /^(?:https?:\/\/|mailto:)/i.test(value),
    'class': (value) => value.split(' ').every((word) => WORDS.test(word)),
    'target': (value) => value === '_blank', 'rel': (value) => value === 'noopener noreferrer',
    'dir': (value) => value === 'auto' || value === 'ltr', 'type': (value) => value === 'button', 'data-action': (value) => value === 'copy-code',
  };
  const HARMLESS = /^(?:title|align|start|tabindex|role|aria-[a-z]+)$/;
  const OUTSIDE = /^(?:on.*|style|src|srcset|action|formaction|ping|id|name|background|poster|srcdoc|data|xlink:href)$/;
  const found = window.hostileFound = [];
  const isLogo = (element) => element.matches('img.empty-logo[src="logo.svg"]') && element.attributes.length === 5;
  const tell = (what, element) => {
    if (found.length < 50) found.push(`${what} in ${element.closest('[data-key]')?.dataset.key ?? 'the page'}: ${element.outerHTML.slice(0, 200)}`);
  };
  function inspect(element) {
    if (!ALLOWED.has(element.localName) && !isLogo(element)) tell('element', element);
    const inText = element.parentElement?.closest('.message-text');
    for (const { name, value } of element.attributes) {
      if (inText ? !(HARMLESS.test(name) || TEXT[name]?.(value, element)) : OUTSIDE.test(name) && !isLogo(element)) tell(`attribute ${name}`, element);
    }
  }
  const walk = (node) => node instanceof Element && [node, ...node.querySelectorAll('*')].forEach(inspect);
  addEventListener('securitypolicyviolation', (event) => found.push(`the policy had to refuse ${event.violatedDirective} ${event.blockedURI}`));
  addEventListener('DOMContentLoaded', () => new MutationObserver((records) => {
    for (const record of records) record.addedNodes.forEach(walk);
  }).observe(document, { childList: true, subtree: true }));
})();
