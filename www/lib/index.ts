/**
 * annals: an event store for browsers. Importing this does nothing; {@link openStore} fetches and starts the engine.
 *
 * @module
 */
export { openStore, deleteStore } from './open-store.ts';
export { defineAggregate } from './aggregate.ts';
export type { Aggregate, AggregateDefinition, Command, DecidedEvent, Decision, Happening, SnapshotPolicy } from './aggregate.ts';
export type { AsOf, DispatchOptions, DispatchResult, LoadOptions, LoadResult } from './dispatch.ts';
export { AnnalsError, isAnnalsError } from './errors.ts';
export type { AnnalsErrorCode, AnnalsErrorOf, Conflict, ErrorFields } from './errors.ts';
export type { Event, ExpectedRevision, Json, Metadata, NewEvent, RecordedEvent } from './event.ts';
export type { AppendCondition, AppendOptions, AppendResult, Query, QueryItem, StreamWrite, WriteOptions } from './append.ts';
export type { Direction, EventReader, ReadAllOptions, ReadStreamOptions, StreamsOptions } from './read.ts';
export type { SubscribeOptions, Subscription, SubscriptionOptions } from './subscribe.ts';
export type { Diagnostics, Finding, Verification, VerifyOptions } from './diagnostics.ts';
export type { MergeOptions, MergeReport } from './merge.ts';
export type { LostEvents, RepairReport } from './repair.ts';
export type { Lost, Notice, NoticeDetails } from './notices.ts';
export { defineCommandHandler, defineQueryHandler } from './bus/handlers.ts';
export type { CommandContext, CommandHandler, QueryContext, QueryHandler, QueryMessage } from './bus/handlers.ts';
export { defineProjection } from './views/projection.ts';
export type { Projection, ProjectionDefinition } from './views/projection.ts';
export type { Comparable, Explanation, FieldPath, FieldTest, FieldValue, FindQuery, Where } from './views/find.ts';
export type { DeadLetter, Invalidate, LiveQuery, Moment, Observer, ReadonlyView, Unsubscribe, View, ViewStatus, ViewSubscribeOptions, ViewWorkOptions } from './views/view.ts';
export type { Progress, StoreOptions } from './store-options.ts';
export type { Store, StoreStatus } from './store.ts';
