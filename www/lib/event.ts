/** Anything that JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What is told of an event's making: `correlationId`, `causationId`, `commandId`, `userId`, and anything else that is JSON. */
export type Metadata = { readonly [key: string]: unknown };

/** Something that happened: a type, in the words of the domain, and what is told of it. */
export type Event<T extends string = string, D = unknown> = { readonly type: T; readonly data: D };

/**
 * An event that is to be stored. Over a union of events it is a union too, so that type and data stay paired.
 *
 * - `type`: 1 to 512 bytes of UTF-8.
 * - `data`: JSON; may be left out where it may be `undefined` or `null`, and then reads back as `null`.
 * - `version`: of the event's schema, an integer from 1 to 4,294,967,294; 1 unless said.
 * - `id`: a UUID; made here (version 7) unless given. Giving it makes the append idempotent.
 * - `tags`: at most 64, each 1 to 512 bytes of UTF-8.
 */
export type NewEvent<E extends Event = Event> =
  E extends Event<infer T, infer D>
    ? { type: T; version?: number; id?: string; tags?: readonly string[]; metadata?: Metadata } & (undefined extends D
        ? { data?: D }
        : null extends D
          ? { data?: D }
          : { data: D })
    : never;

/** An event as it is stored. Positions and revisions count from 1; times are ms since the epoch. */
export type RecordedEvent<E extends Event = Event> =
  E extends Event<infer T, infer D>
    ? {
        readonly type: T;
        readonly data: D;
        /** The version of the event's schema; 1 unless it was said. */
        readonly version: number;
        /** A UUID in lower case. */
        readonly id: string;
        readonly streamId: string;
        /** The event's place in its stream. */
        readonly revision: number;
        /** The event's place in the store. */
        readonly position: number;
        readonly tags: readonly string[];
        readonly metadata: Metadata;
        /** When it was stored. Never decreases along positions, even when the device's clock does. */
        readonly recordedAt: number;
      }
    : never;

/**
 * What a writer believes of a stream: nothing (`'any'`), that it has no event yet, that it has one, or how many it has.
 * There is no default: whoever wants no check says so.
 */
export type ExpectedRevision = 'any' | 'noStream' | 'exists' | number;
