/** Failures, whether the server explained them or not. */
/** @import { Failure } from './types.js' */

export class ApiError extends Error {
  /** @param {Failure} failure */
  constructor(failure) {
    super(`${failure.code}: ${failure.detail ?? ''}`);
    this.code = failure.code;
    this.detail = failure.detail;
    this.retryable = failure.retryable;
    this.retry_after = failure.retry_after;
  }
}

/**
 * A failure that the server did not explain: the network is gone, the answer is not the server's
 * own, or a stored reply says no more than that it failed. Retrying is safe, because a turn keeps
 * its id. Everywhere else the server's `retryable` decides.
 * @param {string} code
 * @returns {Failure}
 */
export const unexplained = (code) => ({ code, retryable: true });
