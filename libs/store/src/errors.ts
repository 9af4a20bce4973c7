/** Thrown by `get…` and by changes of something that does not exist. */
export class NotFoundError extends Error {
  constructor(what: string) {
    super(`${what} does not exist`);
    this.name = "NotFoundError";
  }
}

/** Thrown when the present state does not allow a change. */
export class ConflictError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ConflictError";
  }
}

/** Thrown by `list…` for a cursor that no list has given out. */
export class InvalidCursorError extends Error {
  constructor() {
    super("the cursor is not one of this list");
    this.name = "InvalidCursorError";
  }
}
