import js from '@eslint/js';
import globals from 'globals';

export default [
  js.configs.recommended,
  {
    files: ['site/**/*.js'],
    languageOptions: { ecmaVersion: 2024, sourceType: 'module', globals: globals.browser },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'no-eval': 'error',
      'no-nested-ternary': 'error',
      'no-unused-vars': ['error', { args: 'after-used', varsIgnorePattern: '^_' }],
      'max-len': ['error', { code: 100, ignoreUrls: true }],
      'max-lines': ['error', { max: 200, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    // A sentence is read whole, so it stays on its line.
    files: ['site/js/strings/*.js'],
    rules: { 'max-len': 'off' },
  },
];
