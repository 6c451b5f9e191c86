// Upcasters: each step of a chain gets the data that the one before it has made.
import { isAnnalsError, upcast } from 'annals';
import type { Event, OnUnknown, StoreOptions, Upcaster, UpcasterChain } from 'annals';
import { asRead } from 'annals/testing';
import type { Holds, Same } from './assert.ts';

interface V1 {
  readonly name: string;
}
interface V3 {
  readonly first: string;
  readonly last: string;
  readonly mail: string | null;
}
type MailChanged = Event<'MailChanged', { readonly mail: string }>;
type Renamed = Event<'Renamed', { readonly first: string }>;

// The type of the whole chain says what its end has to be.
export const registered: UpcasterChain<V3> = upcast<V1>('Registered')
  .to(({ data, version, metadata, type }) => {
    type Given = Holds<Same<typeof data, V1>>;
    type Version = Holds<Same<typeof version, number>>;
    type Type = Holds<Same<typeof type, string>>;
    // @ts-expect-error no such field
    data.first;
    return { first: data.name, last: String(metadata['last']) };
  })
  .to(({ data }) => {
    type Given = Holds<Same<typeof data, { first: string; last: string }>>;
    return { ...data, mail: null };
  });

// @ts-expect-error the chain ends elsewhere
export const short: UpcasterChain<V3> = upcast<V1>('Registered').to(({ data }) => ({ first: data.name }));

const joined = upcast<V1>('Joined').rename('Registered', { version: 1 });
const profile = upcast<V3>('Profile').split<MailChanged | Renamed>(['MailChanged', 'Renamed'], ({ data }) => [
  { type: 'MailChanged', data: { mail: data.mail ?? '' } },
  { type: 'Renamed', data: { first: data.first }, version: 1 },
]);
// @ts-expect-error no such type
upcast<V3>('Profile').split<MailChanged | Renamed>(['Moved'], () => []);
// @ts-expect-error other data
upcast<V3>('Profile').split<MailChanged>(['MailChanged'], ({ data }) => [{ type: 'MailChanged', data: { first: data.first } }]);
const dropped = upcast('Heartbeat').drop();
// @ts-expect-error what is dropped has no next version
dropped.to(() => 1);

const onUnknown: OnUnknown = ({ type, data }) => (type === 'Registered' ? { type, data } : null);
export const options: StoreOptions = { name: 'users', upcasters: [registered, joined, profile, dropped], onUnknown };
export const skipping: StoreOptions = { name: 'users', upcasters: [], onUnknown: 'skip' };
// @ts-expect-error no upcaster
export const wrong: StoreOptions = { name: 'users', upcasters: [registered, 'Joined'] };

type Ended = Holds<Same<typeof joined, Upcaster>>;
export const pieces: readonly { readonly type: string; readonly version: number; readonly data: unknown }[] = asRead([joined], { type: 'Joined', data: { name: 'Ada' } });

export function explain(error: unknown): string {
  if (!isAnnalsError(error, 'UpcastFailed')) return '';
  type Reason = Holds<Same<typeof error.reason, 'threw' | 'notAnEvent' | 'endless' | 'newer'>>;
  return `${error.type} ${error.version} ${error.eventId ?? error.streamId ?? ''}`;
}
