/** A command as an aggregate's function gets it. */
export interface AskedCommand {
  readonly type: string;
  readonly data?: unknown;
  readonly metadata?: unknown;
}

/** A command on its way: the engine hands it back to the host of its aggregate, as often as it is decided. */
export class Asked {
  readonly command: AskedCommand;
  /** What its events name as their cause, unless something else goes with it. */
  readonly cause: string;
  /** Whether its events get their metadata from nothing else. */
  readonly isPlain: boolean;
  /** The events decided last, as they are written; empty when the engine has more to say of them. */
  decided = '';

  constructor(command: AskedCommand, cause = '', isPlain = false) {
    this.command = command;
    this.cause = cause;
    this.isPlain = isPlain;
  }
}
