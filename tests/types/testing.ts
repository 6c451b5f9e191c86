// annals/testing: what is given, sent and expected is typed by the aggregate.
import { given } from 'annals/testing';
import { account } from './aggregates.js';

given(account, [{ type: 'Opened' }, { type: 'Deposited', data: { amount: 1 } }])
  .thenState({ open: true, balance: 1 })
  .when({ type: 'Deposit', data: { amount: 2 } })
  .then([{ type: 'Deposited', data: { amount: 2 } }])
  .thenState({ open: true, balance: 3 });

given(account).when({ type: 'Open' }).thenRejected(/no/).thenRejected(TypeError).thenRejected({ code: 1 }).thenRejected('no').thenRejected();

// @ts-expect-error no such event
given(account, [{ type: 'Closed' }]);
// @ts-expect-error no such command
given(account).when({ type: 'Close' });
// @ts-expect-error other data
given(account).when({ type: 'Open' }).then([{ type: 'Deposited', data: { amount: '2' } }]);
// @ts-expect-error another state
given(account).thenState({ open: 'yes', balance: 1 });
