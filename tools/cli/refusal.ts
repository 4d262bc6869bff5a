/** The installer's error, in lines that say what to change. */
export class Refusal extends Error {}
