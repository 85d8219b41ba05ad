/** Keeps the end of the transcript in view, but only for a reader who is already there. */
const NEAR_PX = 80;

export class Follower {
  #scroller;
  #jump;
  #isFollowing = true;

  /** @param {HTMLElement} scroller @param {HTMLElement} jump the button "Jump to latest" */
  constructor(scroller, jump) {
    this.#scroller = scroller;
    this.#jump = jump;
    scroller.addEventListener('scroll', () => this.#look(), { passive: true });
    jump.addEventListener('click', () => {
      this.toEnd();
      scroller.focus({ preventScroll: true });
    });
    new ResizeObserver(() => scroller.querySelector('[data-role]') && this.follow()).observe(scroller);
  }

  toStart() {
    this.#isFollowing = true;
    this.#scroller.scrollTop = 0;
    this.#jump.hidden = true;
  }

  toEnd() {
    this.#isFollowing = true;
    this.follow();
  }

  /** Called after the content has changed. */
  follow() {
    if (this.#isFollowing) this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#showJump();
  }

  #look() {
    this.#isFollowing = this.#distance() < NEAR_PX;
    this.#showJump();
  }

  #showJump() {
    this.#jump.hidden = this.#isFollowing || this.#distance() < NEAR_PX;
  }

  #distance() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight;
  }
}
