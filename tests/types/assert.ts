// Statements about types: what is not `true` does not compile.

/** Whether two types are the same, also where one of them is `any`. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** A statement that holds. */
export type Holds<T extends true> = T;
