/**
 * An EventTarget whose events are typed.
 * @template {object} Events each event's name, and what its listeners receive
 */
export class Emitter extends EventTarget {
  /**
   * @template {keyof Events & string} Name
   * @param {Name|Name[]} names
   * @param {(detail: Events[Name]) => void} listener
   * @param {AddEventListenerOptions} [options]
   */
  on(names, listener, options) {
    for (const name of [names].flat()) {
      this.addEventListener(name, (event) => {
        listener(/** @type {CustomEvent<Events[Name]>} */ (event).detail);
      }, options);
    }
  }

  /**
   * @template {keyof Events & string} Name
   * @param {Name} name
   * @param {Events[Name]} detail
   */
  emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
