// The build copies these two packages to site/vendor/, where the browser finds them by path.
declare module '*/vendor/marked.js' {
  export * from 'marked';
}

declare module '*/vendor/purify.js' {
  export { default } from 'dompurify';
}
