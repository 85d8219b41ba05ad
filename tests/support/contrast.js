/**
 * What on the page is written in a colour too close to the one behind it, as WCAG 2.2 reckons it (AA): each as
 * `text: ratio`. What is disabled or hidden is exempt there.
 */
() => {
  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const over = ([r, g, b, a = 1], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a)];
  const linear = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const luminance = (colour) => colour.reduce((sum, value, index) => sum + [0.2126, 0.7152, 0.0722][index] * linear(value / 255), 0);
  function ratio(one, other) {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  }
  const behind = (element) => {
    if (!element) return [255, 255, 255];
    const colour = channels(getComputedStyle(element).backgroundColor);
    return colour[3] === undefined || colour[3] === 1 ? colour.slice(0, 3) : over(colour, behind(element.parentElement));
  };
  const isWritten = (element) => [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  const isSeen = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true })
    && !element.closest(':disabled, .sr-only, [inert]') && element.getBoundingClientRect().bottom > 0;
  const found = [];
  for (const element of document.querySelectorAll('body *')) {
    if (!isWritten(element) || !isSeen(element)) continue;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    const least = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    const back = behind(element);
    const seen = ratio(over(channels(style.color), back), back);
    if (seen < least - 0.005) found.push(`${element.textContent.trim().slice(0, 40)}: ${seen.toFixed(2)}`);
  }
  return found;
}
