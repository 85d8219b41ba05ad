/** Keeps the end of the transcript in view for a reader who is there already. */
const NEAR_PX = 80;

export class Autoscroll {
  #scroller;
  #jump;
  #isFollowing = true;

  /** @param {HTMLElement} scroller @param {HTMLElement} jump the button "Jump to latest" */
  constructor(scroller, jump) {
    this.#scroller = scroller;
    this.#jump = jump;
    scroller.addEventListener('scroll', () => this.#onScroll(), { passive: true });
    jump.addEventListener('click', () => {
      this.toEnd();
      scroller.focus({ preventScroll: true });
    });
    const hasMessages = () => scroller.querySelector('[data-role]') !== null;
    new ResizeObserver(() => hasMessages() && this.update()).observe(scroller);
  }

  toStart() {
    this.#isFollowing = true;
    this.#scroller.scrollTop = 0;
    this.#jump.hidden = true;
  }

  toEnd() {
    this.#isFollowing = true;
    this.update();
  }

  /** Has to be called when the content has changed. */
  update() {
    if (this.#isFollowing) this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#updateJump();
  }

  #onScroll() {
    this.#isFollowing = this.#isNearEnd();
    this.#updateJump();
  }

  #updateJump() {
    this.#jump.hidden = this.#isFollowing || this.#isNearEnd();
  }

  #isNearEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR_PX;
  }
}
