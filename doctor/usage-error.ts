/** The doctor was called in a way that it cannot follow: the message says what was found, what is expected and what to do. */
export class UsageError extends Error {}
