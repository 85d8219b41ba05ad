export default {
  extends: 'stylelint-config-standard',
  rules: {
    'custom-property-empty-line-before': null,
    'declaration-no-important': true,
    'selector-max-id': 0,
    'no-descending-specificity': null,
    'declaration-block-no-redundant-longhand-properties': null,
    'property-no-vendor-prefix': [true, { ignoreProperties: ['-webkit-tap-highlight-color'] }],
  },
};
